//! Many rows at once beside what stands, beside each other, and beside what others write meanwhile.

use serde_json::{Value, json};

use super::{CSV, HEADINGS, editor, send};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    rooms::people::Asker,
};

on_both! { SEEDED =>
    of_those_who_import_the_same_rows_at_once_one_wins,
    an_import_and_those_who_record_its_rows_leave_one_line_of_revisions,
    the_rows_of_a_file_are_compared_with_each_other,
    a_value_is_compared_with_the_nearest_of_a_long_series,
    a_total_is_compared_with_all_others_of_its_scope,
}

/// A row of a day.
fn day(n: usize, value: f64) -> String {
    let date = chrono::NaiveDate::from_ymd_opt(2010, 1, 1).expect("a day") + chrono::Days::new(n as u64);
    format!("fibre_route_km,25,{date},{value},x\n")
}

fn file(rows: impl IntoIterator<Item = String>) -> String {
    format!("{HEADINGS}{}", rows.into_iter().collect::<String>())
}

/// The codes of what was found in the observations of a period.
async fn findings(asker: &Asker, period: &str) -> Value {
    let query = format!(
        r#"{{ observations(filter: {{ areas: ["25"], indicators: ["fibre_route_km"], periodFrom: "{period}", periodTo: "{period}", states: [DRAFT] }}, first: 10)
            {{ nodes {{ findings {{ code }} }} }} }}"#
    );
    let answer = asker.ask(&query).await;
    let nodes = answer["observations"]["nodes"].as_array().expect("a list").clone();
    nodes
        .iter()
        .flat_map(|node| node["findings"].as_array().expect("a list").clone())
        .map(|finding| finding["code"].clone())
        .collect()
}

async fn of_those_who_import_the_same_rows_at_once_one_wins(db: TestDb) {
    let editor = editor(&db).await;
    let rows = file((0..700).map(|n| day(n, 100.0 + (n % 7) as f64)));
    let mut imports = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let (editor, rows) = (editor.clone(), rows.clone());
        imports.spawn(async move { send(&editor, "", CSV, rows).await });
    }
    let (mut taken, mut refused) = (0, 0);
    for answer in imports.join_all().await {
        let told = answer.json();
        match (answer.status, &told["accepted"], &told["rejected"]) {
            (200, accepted, _) if *accepted == 700 => taken += 1,
            (422, accepted, rejected) if *accepted == 0 && *rejected == 700 => {
                assert_eq!(
                    (&told["errors"][0]["field"], &told["errors"][0]["code"]),
                    (&json!("revisionReason"), &json!("REQUIRED"))
                );
                refused += 1;
            }
            _ => panic!("{told}"),
        }
    }
    assert_eq!((taken, refused), (1, 2));
}

async fn an_import_and_those_who_record_its_rows_leave_one_line_of_revisions(db: TestDb) {
    let editor = editor(&db).await;
    let heading = HEADINGS.replace("Nguồn", "Nguồn,Lý do sửa đổi");
    let rows: String = (0..600).map(|n| day(n, 100.0 + (n % 7) as f64).replace(",x\n", ",x,theo tệp\n")).collect();
    #[allow(clippy::disallowed_methods)] // a test has no worker
    let import = tokio::spawn({
        let editor = editor.clone();
        async move { send(&editor, "", CSV, format!("{heading}{rows}")).await }
    });
    let (mut recorded, mut refused) = (0, 0);
    for n in 0..20 {
        let query = format!(
            r#"mutation {{ recordObservation(input: {{ indicator: "fibre_route_km", area: "25", period: "2010-01-{:02}", value: 5,
                source: {{ title: "x" }} }}) {{ observation {{ id }} }} }}"#,
            n + 1
        );
        match editor.send(&query).await.json().get("errors") {
            None => recorded += 1,
            Some(errors) => {
                assert_eq!(errors[0]["extensions"]["fields"][0]["path"], "input.revisionReason", "{errors}");
                refused += 1;
            }
        }
    }
    let import = import.await.expect("it ends");
    assert_eq!(import.json()["accepted"], 600, "{}", import.body);
    assert_eq!(recorded + refused, 20);
    // What was recorded before the import has its next revision by it, and no other.
    let query = r#"{ observations(filter: { areas: ["25"], indicators: ["fibre_route_km"], periodTo: "2010-01-31", states: [DRAFT] }, first: 100)
        { totalCount nodes { revision } } }"#;
    let answer = editor.ask(query).await["observations"].clone();
    let nodes = answer["nodes"].as_array().expect("a list");
    let second = nodes.iter().filter(|node| node["revision"] == 2).count();
    assert_eq!(second, recorded, "{}", answer["totalCount"]);
}

async fn the_rows_of_a_file_are_compared_with_each_other(db: TestDb) {
    let editor = editor(&db).await;
    let told = send(&editor, "", CSV, file([day(0, 1234.5), day(900, 7.0), day(901, 1234.5)])).await.json();
    assert_eq!(told["accepted"], 3, "{told}");
    assert_eq!(findings(&editor, "2010-01-01").await, json!(["DUPLICATE"]));
    assert_eq!(findings(&editor, "2012-06-20").await, json!(["DUPLICATE"]));
}

async fn a_value_is_compared_with_the_nearest_of_a_long_series(db: TestDb) {
    let editor = editor(&db).await;
    // A long series on one level, then a shorter one on another.
    let far = (0..300).map(|n| day(n, 10.0 + (n % 9) as f64));
    let near = (300..365).map(|n| day(n, 1000.0 + (n % 9) as f64));
    let told = send(&editor, "", CSV, file(far.chain(near))).await.json();
    assert_eq!(told["accepted"], 365, "{told}");
    let told = send(&editor, "", CSV, file([day(365, 1003.5), day(366, 14.5)])).await.json();
    assert_eq!(told["accepted"], 2, "{told}");
    assert_eq!(findings(&editor, "2011-01-01").await, json!([]), "the last sixty are on its level");
    assert_eq!(findings(&editor, "2011-01-02").await, json!(["OUTLIER"]));
}

async fn a_total_is_compared_with_all_others_of_its_scope(db: TestDb) {
    let editor = editor(&db).await;
    let heading = "Chỉ tiêu,Địa bàn,Kỳ,Phân tổ,Tử số,Mẫu số,Phạm vi,Giá trị,Nguồn\n";
    let row = |n: usize, total: usize, scope: &str| {
        format!("commune_fibre_pct,25,2030,nhom-{n},{total},{total},{scope},100,x\n")
    };
    let rows: String = (0..150).map(|n| row(n, 148, "xã, phường")).collect();
    let told =
        send(&editor, "?numbers=plain", CSV, format!("{heading}{}", rows.replace("xã, phường", "\"xã, phường\"")))
            .await;
    assert_eq!(told.json()["accepted"], 150, "{}", told.body);
    for (n, total, scope, expected) in [
        (200, 148, "Xã phường", json!([])),
        (201, 147, "XÃ  PHƯỜNG", json!(["DENOMINATOR_MISMATCH"])),
        (202, 147, "thôn", json!([])),
    ] {
        let told = send(&editor, "?numbers=plain", CSV, format!("{heading}{}", row(n, total, scope))).await.json();
        assert_eq!(told["accepted"], 1, "{told}");
        let query = format!(
            r#"{{ observations(filter: {{ areas: ["25"], indicators: ["commune_fibre_pct"], dimensions: ["nhom-{n}"], states: [DRAFT] }}, first: 10)
                {{ nodes {{ findings {{ code }} }} }} }}"#
        );
        let answer = editor.ask(&query).await["observations"]["nodes"][0]["findings"].clone();
        let found: Value =
            answer.as_array().expect("a list").iter().map(|f| f["code"].clone()).filter(|c| c != "DUPLICATE").collect();
        assert_eq!(found, expected, "{n}");
    }
}
