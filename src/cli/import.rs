//! `lienthong import`: records the figures of a spreadsheet, or only looks at them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::{
    bulk::sheet::{self, Kind, Report, Sheet, numbers::Notation},
    kernel::{
        config::Config,
        error::{Broken, Refusal, Result},
        locale::{Locale, number},
        op::Op,
        policy::Caller,
    },
};

/// Between how many rows it is told how far it has come.
const STEP: usize = 1000;

/// What to import.
#[derive(Args)]
pub struct Import {
    /// The spreadsheet: .xlsx, or CSV in UTF-8; `GET /import/template.xlsx` of a running server answers one to fill in
    file: PathBuf,
    /// Only look: name every fault by file, line and column, and record nothing
    #[arg(long)]
    dry_run: bool,
    /// Record the rows without faults, even where others have some; otherwise it is all or none
    #[arg(long)]
    partial: bool,
    /// How numbers are written: 1.207.233,5 (vi) or 1,207,233.5 (plain) [default: as the file's numbers show]
    #[arg(long, value_name = "NOTATION")]
    numbers: Option<Numbers>,
}

/// A notation, as it is typed.
#[derive(Clone, Copy, ValueEnum)]
enum Numbers {
    Vi,
    Plain,
}

impl From<Numbers> for Notation {
    fn from(numbers: Numbers) -> Self {
        match numbers {
            Numbers::Vi => Notation::Vietnamese,
            Numbers::Plain => Notation::Plain,
        }
    }
}

/// Imports.
///
/// # Errors
/// When the file cannot be read or taken for a table of figures, the database is not set up, or a row has a fault that keeps all
/// from being recorded; the faults are printed, one to a line.
pub async fn run(import: &Import, config: &Config) -> Result<()> {
    let file = import.file.display().to_string();
    let bytes = std::fs::read(&import.file).map_err(|e| Broken::new(format!("cannot read {file}: {e}")))?;
    let read = Sheet::read(&bytes, Kind::of(&bytes), import.numbers.map(Notation::from));
    let sheet = read.map_err(|refusal| refused(&file, &refusal))?;
    let app = super::open(config).await?;
    super::require_current(&app).await?;
    let op = Op::new(&app, Caller::Operator, "import");
    let how = sheet::Import { dry_run: import.dry_run, atomic: !import.partial };
    let count = |count: usize| number(count as f64, Locale::En);
    let all = sheet.rows();
    let progress = |done: usize| {
        if done.is_multiple_of(STEP) {
            eprintln!("{} of {} rows", count(done), count(all));
        }
    };
    let imported = sheet.import(&op, how, progress).await;
    app.db().close().await?;
    let report = imported?;
    super::print(&told(&file, &report))?;
    match how.atomic && report.rejected > 0 {
        true => Err(Broken::new(format!("rows with faults: {}; nothing was recorded", count(report.rejected))).into()),
        false => Ok(()),
    }
}

/// A file that is refused as a whole: what is wrong with it is printed where it is more than one thing.
fn refused(file: &str, refusal: &Refusal) -> Broken {
    let [only] = refusal.fields.as_slice() else {
        let lines = refusal.fields.iter().map(|fault| format!("{file}: {}\n", fault.message.text(Locale::En)));
        // The error that follows says the same of the first.
        let _ = super::print(&lines.collect::<String>());
        return Broken::new(format!("{file} is no table of figures: faults in the headings: {}", refusal.fields.len()));
    };
    Broken::new(format!("{file}: {}", only.message.text(Locale::En)))
}

/// Every fault and every warning, and what it came to.
fn told(file: &str, report: &Report) -> String {
    let errors = report.errors.iter().map(|fault| line(file, "", fault));
    let warnings = report.warnings.iter().map(|fault| line(file, "warning: ", fault));
    let out: String = errors.chain(warnings).collect();
    let which = if report.dry_run { "rows that would be recorded" } else { "rows recorded" };
    let count = |count: usize| number(count as f64, Locale::En);
    out + &format!("{which}: {}, rejected: {}\n", count(report.accepted), count(report.rejected))
}

fn line(file: &str, kind: &str, fault: &sheet::Fault) -> String {
    let place = match (&fault.column, &fault.field) {
        (Some(column), Some(field)) if column == field => format!("{column}: "),
        (Some(column), Some(field)) => format!("{column}/{field}: "),
        (None, Some(field)) => format!("{field}: "),
        _ => String::new(),
    };
    format!("{file}:{}: {kind}{place}{}\n", fault.row, fault.message.text(Locale::En))
}
