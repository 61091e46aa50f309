//! Loading data: every fault by file and line, all or nothing, and a second time nothing.

use lienthong::{
    bulk::{bundle::Bundle, seed},
    kernel::{op::Op, policy::Caller},
};
use sea_orm::{ConnectionTrait, Statement};

use crate::harness::{MIGRATED, SEEDED, TestDb, on_both};

mod fresh {
    use super::{
        MIGRATED, a_fault_is_named_by_file_and_line_and_leaves_nothing, a_file_that_nothing_is_read_from_is_a_fault,
        on_both, two_records_with_one_key_are_a_fault,
    };
    on_both! { MIGRATED =>
        a_fault_is_named_by_file_and_line_and_leaves_nothing,
        a_file_that_nothing_is_read_from_is_a_fault,
        two_records_with_one_key_are_a_fault,
    }
}

on_both! { SEEDED =>
    a_second_run_changes_nothing,
    every_record_that_was_loaded_is_audited_in_one_chain,
}

async fn count(db: &TestDb, table: &str) -> i64 {
    let raw = db.raw().await;
    let statement = Statement::from_string(raw.get_database_backend(), format!("SELECT count(*) FROM {table}"));
    let row = raw.query_one_raw(statement).await.expect("an answer").expect("a row");
    row.try_get_by_index(0).expect("a number")
}

async fn a_second_run_changes_nothing(db: TestDb) {
    let before = (count(&db, "audit_entry").await, count(&db, "source").await, count(&db, "observation").await);
    let app = db.app().await;
    let op = Op::new(&app, Caller::Operator, "again");
    let bundle = Bundle::bundled().expect("the bundled data");
    let loaded = seed::load(&op, &bundle).await.expect("the store").expect("no faults");
    assert_eq!(loaded.changes, 0);
    assert!(loaded.records > 600);
    assert_eq!(loaded.findings.len(), 1, "{:?}", loaded.findings);
    let after = (count(&db, "audit_entry").await, count(&db, "source").await, count(&db, "observation").await);
    assert_eq!(before, after);
}

async fn every_record_that_was_loaded_is_audited_in_one_chain(db: TestDb) {
    let raw = db.raw().await;
    let sql = "SELECT count(*) FROM audit_entry AS entry WHERE NOT EXISTS (SELECT 1 FROM audit_entry AS before \
               WHERE before.hash = entry.previous_hash AND before.id = entry.id - 1)";
    let statement = Statement::from_string(raw.get_database_backend(), sql);
    let loose: i64 =
        raw.query_one_raw(statement).await.expect("an answer").expect("a row").try_get_by_index(0).expect("n");
    assert_eq!(loose, 1, "only the first entry follows nothing");
    assert!(count(&db, "audit_entry").await > 600);
    assert!(count(&db, "change").await > 600);
}

async fn a_fault_is_named_by_file_and_line_and_leaves_nothing(db: TestDb) {
    let whole = Bundle::bundled().expect("the bundled data");
    let observations = "25-phu-tho/observations.toml";
    // What stands in a file, what takes its place, how many lines below the fault is told (if it is told there), and its words.
    for (file, from, to, below, says) in [
        (
            observations,
            r#"indicator = "dti_rank""#,
            r#"indicator = "dti_rnk""#,
            Some(0),
            r#"no indicator with the code "dti_rnk""#,
        ),
        (observations, "value = 55", "value = 66", Some(0), r#"The value 66 does not stand in the text "55Mb/s"."#),
        (observations, "rankOf = 63", "rankOf = 17", Some(0), "cannot be beyond its base"),
        (
            "36-nam-dinh/observations.toml",
            r#"period = "2024""#,
            r#"period = "2026""#,
            None,
            r#"holds the code "36" on 2026-12-31"#,
        ),
        ("22-quang-ninh/observations.toml", r#"period = "2022""#, r#"period = "2025-13""#, Some(0), "not a period"),
        (
            "22-quang-ninh/observations.toml",
            r#"qualifier = "UNDER""#,
            r#"qualifier = "EXACT""#,
            Some(0),
            "says UNDER, not EXACT",
        ),
        ("25-phu-tho/plans.toml", r#"kind = "PLAN""#, r#"kind = "PLANN""#, Some(0), "unknown variant `PLANN`"),
        ("25-phu-tho/plans.toml", "title = ", "titel = ", Some(0), "unknown field `titel`"),
        ("vn/agencies.toml", "[[agency]]", "[[agncy]]", Some(0), "`agncy` is not known here"),
        ("25-phu-tho/targets.toml", r#"dueOn = "2025""#, r#"dueOn = "2031""#, Some(0), "lies after the plan's years"),
        (
            "territory/units.toml",
            r#"validTo = "2025-06-30""#,
            r#"validTo = "2025-07-30""#,
            None,
            "The versions must cover",
        ),
        ("25-phu-tho/links.toml", "quote = ", "# quote = ", None, "`quote` is missing"),
        ("36-nam-dinh/tasks.toml", "[[task]]", "[[task]]\nnonsense", Some(1), ""),
    ] {
        let mut bundle = whole.clone();
        let text = bundle.files.get_mut(file).unwrap_or_else(|| panic!("{file} is there"));
        let at = text.find(from).unwrap_or_else(|| panic!("{file} has {from}"));
        let line = below.map(|below| below + 1 + text[..at].matches('\n').count());
        *text = text.replacen(from, to, 1);
        let app = db.app().await;
        let op = Op::new(&app, Caller::Operator, "test");
        let faults = seed::load(&op, &bundle).await.expect("the store").expect_err("a fault");
        let named =
            faults.iter().any(|f| f.file == file && line.is_none_or(|line| f.line == line) && f.what.contains(says));
        assert!(named, "{file}: {to} at {line:?}: {faults:?}");
        assert_eq!((count(&db, "audit_entry").await, count(&db, "unit").await, count(&db, "source").await), (0, 0, 0));
    }
}

async fn faults(db: &TestDb, bundle: &Bundle) -> Vec<String> {
    let app = db.app().await;
    let op = Op::new(&app, Caller::Operator, "test");
    let faults = seed::load(&op, bundle).await.expect("the store").expect_err("a fault");
    faults.iter().map(ToString::to_string).collect()
}

async fn a_file_that_nothing_is_read_from_is_a_fault(db: TestDb) {
    for name in ["25-phu-tho/observation.toml", "25-phu-tho/observations.tml", "links2.toml"] {
        let mut bundle = Bundle::bundled().expect("the bundled data");
        bundle.files.insert(name.to_owned(), String::new());
        let told = faults(&db, &bundle).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with(&format!("{name}:1: nothing is read from a file of this name")), "{told:?}");
    }
}

async fn two_records_with_one_key_are_a_fault(db: TestDb) {
    for (file, table) in [("25-phu-tho/links.toml", "link"), ("25-phu-tho/observations.toml", "observation")] {
        let mut bundle = Bundle::bundled().expect("the bundled data");
        let text = bundle.files.get_mut(file).expect("the file");
        let at = text.find(&format!("[[{table}]]")).expect("a record");
        let end = text[at + 2..].find("[[").map_or(text.len(), |n| at + 2 + n);
        let again = text[at..end].to_owned();
        text.push('\n');
        text.push_str(&again);
        let told = faults(&db, &bundle).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("the same ") && told[0].contains(&format!("in {file}:")), "{told:?}");
    }
}
