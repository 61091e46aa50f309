//! `lienthong import`, as its user runs it.

use std::path::PathBuf;

use tempfile::TempDir;

use super::{
    HEADINGS,
    files::{texts, workbook},
};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    program::{printed, run, said},
};

on_both! { SEEDED =>
    a_file_is_looked_at_and_every_fault_printed,
    a_file_that_is_no_table_is_refused_in_a_line,
}

fn file(folder: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> (PathBuf, String) {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("the file is written");
    let name = path.display().to_string();
    (path, name)
}

async fn a_file_is_looked_at_and_every_fault_printed(db: TestDb) {
    let folder = tempfile::tempdir().expect("a folder");
    let rows: String = (0..2000).map(|n| format!("fibre_route_km,25,2030-01-01,\"{n},5\",x\n")).collect();
    let (_, good) =
        file(&folder, "good.csv", format!("{HEADINGS}{}", rows.split_inclusive('\n').next().expect("a row")));
    let look = |name: &str, more: &[&str]| {
        let mut args = vec!["import", name, "--dry-run", "--database-url", db.url()];
        args.extend(more);
        run(&args)
    };
    let told = printed(&["import", &good, "--dry-run", "--database-url", db.url()]);
    assert_eq!(told, "rows that would be recorded: 1, rejected: 0\n");

    let (_, bad) =
        file(&folder, "bad.csv", format!("{HEADINGS}fibre_route_km,25,nay,1.234,x\nfibre_route_km,25,2030,1,x\n"));
    let output = look(&bad, &[]);
    let told = String::from_utf8(output.stdout.clone()).expect("text");
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 3, "{told}");
    assert!(lines[0].starts_with(&format!("{bad}:2: Kỳ/period: \"nay\" is not a period")), "{told}");
    assert!(lines[1].starts_with(&format!("{bad}:2: Giá trị/value: \"1.234\" may be 1234 or 1.234")), "{told}");
    assert_eq!(lines[2], "rows that would be recorded: 0, rejected: 1");
    assert_eq!(said(output, &["import"]), "rows with faults: 1; nothing was recorded");

    let output = look(&bad, &["--partial", "--numbers", "vi"]);
    assert!(output.status.success());
    let told = String::from_utf8(output.stdout).expect("text");
    assert_eq!(told.lines().count(), 2, "{told}");
    assert!(told.ends_with("rows that would be recorded: 1, rejected: 1\n"), "{told}");

    let bad = rows.replace("2030-01-01", "nay");
    let (_, many) = file(&folder, "many.csv", format!("{HEADINGS}{bad}"));
    let progress = String::from_utf8(look(&many, &["--partial"]).stderr).expect("text");
    assert_eq!(progress, "1,000 of 2,000 rows\n2,000 of 2,000 rows\n");
}

async fn a_file_that_is_no_table_is_refused_in_a_line(db: TestDb) {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |name: &str| {
        let args = ["import", name, "--database-url", db.url()];
        let output = run(&args);
        let told = String::from_utf8(output.stdout.clone()).expect("text");
        (said(output, &args), told)
    };
    let (_, latin) = file(&folder, "latin.csv", b"Ch\xfe ti\xeau");
    let (error, told) = refused(&latin);
    assert!(error.starts_with(&format!("{latin}: The file is not UTF-8.")) && told.is_empty(), "{error}{told}");
    let (error, _) = refused("/nowhere.csv");
    assert!(error.starts_with("cannot read /nowhere.csv"), "{error}");
    // What it is, is told by what is in it.
    let (_, book) = file(&folder, "book.csv", workbook(|sheet| texts(sheet, 0, &["Chỉ tiêu", "Địa bàn", "Ghi chú"])));
    let (error, told) = refused(&book);
    assert_eq!(error, format!("{book} is no table of figures: faults in the headings: 3"));
    assert_eq!(
        told,
        format!(
            "{book}: No column is named \"Ghi chú\"; the template has the names.\n\
             {book}: The column Kỳ (period) is missing.\n{book}: The column Nguồn (source.title) is missing.\n"
        )
    );
}
