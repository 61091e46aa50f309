//! The tables: each shape beside its limit, the figures of every contender, and each goal with whether it holds.

use std::fmt::Write as _;

use crate::{
    machine::Machine,
    options::{Database, Options},
    parts::{
        SERVICE, dashboard, import, limit, memory,
        reads::{CALLERS, SIGNED_IN},
        record,
    },
    postgraphile,
    results::{Measured, Results},
    shapes,
};

/// A number with as many digits as matter.
fn short(number: f64) -> String {
    match number {
        n if n.is_nan() => "–".to_owned(),
        n if n.abs() >= 100.0 => format!("{n:.0}"),
        n if n.abs() >= 10.0 => format!("{n:.1}"),
        n if n.abs() >= 0.095 => format!("{n:.2}"),
        n => format!("{n:.3}"),
    }
}

fn or_dash(number: Option<f64>) -> String {
    number.map_or("–".to_owned(), short)
}

/// What is measured of each shape, reads and writes.
fn rows() -> Vec<(&'static str, &'static str)> {
    let reads = shapes::all().into_iter().map(|shape| (shape.name, shape.title));
    let writes = [
        (record::NAME, "one observation recorded ÷ a bare INSERT in a transaction"),
        (import::SIZES[0].1, "import of 1,000 observations ÷ COPY and one INSERT"),
        (import::SIZES[1].1, "import of 10,000 observations ÷ COPY and one INSERT"),
    ];
    reads.chain(writes).collect()
}

/// The share of requests per second, with one caller and with 32.
fn shares(results: &Results, database: Database, shape: &str, other: &str) -> String {
    let share = |callers: &usize| results.ratio(database, shape, SERVICE, other, *callers);
    let shares: Vec<String> = CALLERS.iter().filter_map(share).map(short).collect();
    if shares.is_empty() { "–".to_owned() } else { shares.join(", ") }
}

fn overview(results: &Results, text: &mut String) {
    let others = [
        (Database::Postgresql, "L"),
        (Database::Postgresql, "FLAT"),
        (Database::Postgresql, postgraphile::NAME),
        (Database::Sqlite, "LSQ"),
    ];
    let _ = writeln!(text, "| shape | PostgreSQL ÷ L | ÷ FLAT | ÷ PostGraphile | CPU ÷ L | SQLite ÷ LSQ | CPU ÷ LSQ |");
    let _ = writeln!(text, "| --- | --- | --- | --- | --- | --- | --- |");
    for (name, title) in rows() {
        let [of_limit, of_flat, of_graphile, of_sqlite] =
            others.map(|(database, contender)| shares(results, database, name, contender));
        let cpu = |database| {
            let of = |contender, callers| Some(results.of(database, name, contender, callers)?.cpu);
            let share = |callers: &usize| Some(of(SERVICE, *callers)? / of(limit(database), *callers)?);
            let shares: Vec<String> = CALLERS.iter().filter_map(share).map(short).collect();
            if shares.is_empty() { "–".to_owned() } else { shares.join(", ") }
        };
        let (postgresql, sqlite) = (cpu(Database::Postgresql), cpu(Database::Sqlite));
        let _ = writeln!(
            text,
            "| {title} | {of_limit} | {of_flat} | {of_graphile} | {postgresql} | {of_sqlite} | {sqlite} |"
        );
    }
}

fn details(results: &Results, text: &mut String) {
    let _ = writeln!(
        text,
        "| database | shape | server | callers | answers per second | p50, ms | p99, ms | CPU, ms | peak memory, MiB | errors |"
    );
    let _ = writeln!(text, "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for m in &results.measured {
        let errors: usize = m.errors.values().sum();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {errors} |",
            m.database.name(),
            m.shape,
            m.contender,
            m.callers,
            short(m.rate),
            short(m.p50),
            short(m.p99),
            short(m.cpu),
            or_dash(m.peak),
        );
    }
    let _ = writeln!(text, "\n| database | figure | |\n| --- | --- | --- |");
    for figure in &results.figures {
        let _ = writeln!(text, "| {} | {} | {} |", figure.database.name(), figure.name, short(figure.value));
    }
}

/// A goal: what is measured, what is wanted of it, what it was.
struct Goal {
    what: String,
    least: bool,
    wanted: f64,
    measured: Vec<Option<f64>>,
}

impl Goal {
    fn at_least(what: impl Into<String>, wanted: f64, measured: Vec<Option<f64>>) -> Self {
        Goal { what: what.into(), least: true, wanted, measured }
    }
    fn at_most(what: impl Into<String>, wanted: f64, measured: Vec<Option<f64>>) -> Self {
        Goal { what: what.into(), least: false, wanted, measured }
    }
    fn row(&self) -> String {
        let known: Vec<f64> = self.measured.iter().copied().flatten().filter(|value| !value.is_nan()).collect();
        let holds = |value: &f64| if self.least { *value >= self.wanted } else { *value <= self.wanted };
        let answer = match known.len() == self.measured.len() && !known.is_empty() {
            false => "not measured",
            true if known.iter().all(holds) => "yes",
            true => "**no**",
        };
        let measured: Vec<String> = self.measured.iter().map(|value| or_dash(*value)).collect();
        let sign = if self.least { '≥' } else { '≤' };
        format!("| {} | {sign} {} | {} | {answer} |", self.what, self.wanted, measured.join(", "))
    }
}

fn goals(results: &Results) -> Vec<Goal> {
    use Database::{Postgresql, Sqlite};
    let both = |of: &dyn Fn(usize) -> Option<f64>| CALLERS.iter().map(|callers| of(*callers)).collect::<Vec<_>>();
    let mut goals = vec![];
    for database in [Postgresql, Sqlite] {
        let name = database.name();
        let peer = limit(database);
        for shape in shapes::all() {
            let wanted = match (database, shape.name) {
                (Sqlite, _) => 0.6,
                (Postgresql, "nested") => 1.2,
                (Postgresql, _) => 1.0,
            };
            let rate = both(&|callers| results.ratio(database, shape.name, SERVICE, peer, callers));
            goals.push(Goal::at_least(format!("{name}: {} ÷ {peer}", shape.title), wanted, rate));
        }
        let asked = shapes::all().into_iter().filter(|shape| postgraphile::document(shape.name).is_some());
        for shape in asked.filter(|_| database == Postgresql) {
            let rate = both(&|callers| results.ratio(database, shape.name, SERVICE, postgraphile::NAME, callers));
            goals.push(Goal::at_least(format!("{name}: {} ÷ PostGraphile", shape.title), 8.0, rate));
        }
        let of = |shape: &str, who: &str, callers| results.of(database, shape, who, callers);
        for shape in shapes::all().into_iter().filter(|_| database == Postgresql) {
            let cpu = |callers| Some(of(shape.name, SERVICE, callers)?.cpu / of(shape.name, peer, callers)?.cpu);
            goals.push(Goal::at_most(format!("{name}: CPU of {} ÷ {peer}", shape.title), 1.3, both(&cpu)));
        }
        for shape in shapes::all() {
            let spread = of(shape.name, SERVICE, 32).map(|m: &Measured| m.p99 / m.p50);
            goals.push(Goal::at_most(format!("{name}: p99 ÷ p50 of {} at 32", shape.title), 4.0, vec![spread]));
        }
        let signed_in = both(&|callers| results.ratio(database, "province", SIGNED_IN, SERVICE, callers));
        goals.push(Goal::at_least(format!("{name}: one province signed in ÷ anonymous"), 0.9, signed_in));
        let deep = |callers| Some(of("links-deep", SERVICE, callers)?.cpu / of("links", SERVICE, callers)?.cpu);
        goals.push(Goal::at_most(
            format!("{name}: CPU of the page at row 15,000 ÷ the first page's"),
            1.2,
            both(&deep),
        ));
        let recorded = both(&|callers| results.ratio(database, record::NAME, SERVICE, peer, callers));
        goals.push(Goal::at_least(format!("{name}: one observation recorded ÷ a bare INSERT"), 0.5, recorded));
        let imported = results.ratio(database, import::SIZES[1].1, SERVICE, peer, 1);
        goals.push(Goal::at_least(format!("{name}: 10,000 imported ÷ COPY and one INSERT"), 0.3, vec![imported]));
        let seconds = of(import::SIZES[1].1, SERVICE, 1).map(|m| m.p50 / 1_000.0);
        goals.push(Goal::at_most(
            format!("{name}: 10,000 observations of 10,000 series imported, s"),
            5.0,
            vec![seconds],
        ));
        let waiting = of(import::BESIDE, SERVICE, 2).map(|m| m.p99);
        goals.push(Goal::at_most(format!("{name}: p99 of small writes beside it, ms"), 500.0, vec![waiting]));
        for (figure, wanted) in [
            (import::PEAK, 200.0),
            (memory::START, 0.15),
            (memory::BINARY, 45.0),
            (memory::AT_REST, 30.0),
            (memory::UNDER_LOAD, 200.0),
            (memory::SLOW, 250.0),
            (dashboard::REFUSED, 0.0),
            (dashboard::SLOWEST, 2.0),
        ] {
            goals.push(Goal::at_most(format!("{name}: {figure}"), wanted, vec![results.value(database, figure)]));
        }
    }
    goals
}

/// Goals of which nothing is measured here yet.
const NOT_MEASURED: [(&str, &str); 4] = [
    ("one province under a grant ÷ anonymous", "≥ 0.8"),
    ("CPU with ten times the data ÷ with the data (run once more with `--scale 10`)", "≤ 1.2"),
    ("answer cache on, public reads ÷ L: nested, one row", "≥ 20, ≥ 2"),
    ("image", "the files that the Dockerfile copies, and its base"),
];

/// The whole report.
pub fn markdown(results: &Results, options: &Options, machine: &Machine) -> String {
    let mut text = "# Performance\n\nWritten by `make bench`; do not edit. `bench/README.md` explains what is measured and how.\n\n".to_owned();
    let _ = writeln!(
        text,
        "Measured on {} at commit {}: {} cores ({}), {:.0} GiB of memory, shared by client, servers and databases; {}. \
         Load average before it began: {:.1}. \
         Rounds: {}, of {} s; where a cell has two numbers, they are those of 1 and 32 callers.\n",
        machine.day,
        machine.commit,
        machine.cores,
        machine.processor,
        machine.memory,
        results.versions.join(", "),
        machine.load,
        options.rounds,
        options.seconds,
    );
    let _ = writeln!(text, "## Beside the limits: share of requests per second, and CPU per answer\n");
    overview(results, &mut text);
    let _ = writeln!(text, "\n## Goals\n\n| goal | wanted | measured | holds |\n| --- | --- | --- | --- |");
    // A run of a part says nothing of the rest.
    let goals =
        goals(results).into_iter().filter(|goal| options.is_whole() || goal.measured.iter().any(Option::is_some));
    for goal in goals {
        let _ = writeln!(text, "{}", goal.row());
    }
    if options.is_whole() {
        for (goal, wanted) in NOT_MEASURED {
            let _ = writeln!(text, "| {goal} | {wanted} | – | not measured |");
        }
    }
    if !results.failures.is_empty() {
        let _ = writeln!(text, "\n## Failures\n");
        for failure in &results.failures {
            let _ = writeln!(text, "- {}", failure.replace('\n', " "));
        }
    }
    let _ = writeln!(text, "\n## Every measurement\n");
    details(results, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_holds_where_all_of_it_does() {
        let row = |measured| Goal::at_least("it", 0.5, measured).row();
        assert_eq!(row(vec![Some(0.5), Some(2.0)]), "| it | ≥ 0.5 | 0.50, 2.00 | yes |");
        assert_eq!(row(vec![Some(0.4), Some(2.0)]), "| it | ≥ 0.5 | 0.40, 2.00 | **no** |");
        assert_eq!(row(vec![None, Some(2.0)]), "| it | ≥ 0.5 | –, 2.00 | not measured |");
        assert_eq!(Goal::at_most("it", 4.0, vec![Some(123.4)]).row(), "| it | ≤ 4 | 123 | **no** |");
    }
}
