//! `lienthong import`: imports observations from a spreadsheet, or only checks it.

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

/// The number of rows between two progress messages.
const STEP: usize = 1000;

/// The options of the command.
#[derive(Args)]
pub struct Import {
    /// The spreadsheet: .xlsx, or CSV in UTF-8; get a template from `GET /import/template.xlsx` of a running server
    file: PathBuf,
    /// Only check the file: print every error with file, line and column, and record nothing
    #[arg(long)]
    dry_run: bool,
    /// Record the rows without errors even if others have errors [default: all rows or none]
    #[arg(long)]
    partial: bool,
    /// The number notation: 1.207.233,5 (vi) or 1,207,233.5 (plain) [default: detected from the file]
    #[arg(long, value_name = "NOTATION")]
    numbers: Option<Numbers>,
}

/// A number notation on the command line.
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

/// Imports the spreadsheet.
///
/// # Errors
/// When the file cannot be read or has no table of observations, the database is not set up, or an error in a row
/// keeps all rows from being recorded. The errors are printed, one a line.
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

/// The error for a file that is rejected as a whole. Prints its errors if there are several.
fn refused(file: &str, refusal: &Refusal) -> Broken {
    let [only] = refusal.fields.as_slice() else {
        let lines = refusal.fields.iter().map(|fault| format!("{file}: {}\n", fault.message.text(Locale::En)));
        // If printing fails, the returned error still says what is wrong.
        let _ = super::print(&lines.collect::<String>());
        return Broken::new(format!("{file} is no table of figures: faults in the headings: {}", refusal.fields.len()));
    };
    Broken::new(format!("{file}: {}", only.message.text(Locale::En)))
}

/// All errors and warnings, and the number of recorded and rejected rows.
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
