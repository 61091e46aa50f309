//! Territory: a code is not a unit, and yesterday's map is still there.

use serde_json::json;

use super::ask;
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_code_means_another_province_on_another_day,
    sixty_three_units_until_the_merger_and_thirty_four_after_it,
    central_cities_are_counted_as_of_the_day,
    a_change_of_type_makes_a_version_of_the_same_unit,
    a_merged_unit_is_a_new_unit_and_names_its_predecessors,
    the_country_is_found_by_its_code_but_never_listed,
    the_history_of_a_code_names_every_holder_once,
    names_are_found_without_marks_and_sorted_by_the_alphabet,
    every_unit_that_ended_has_a_successor,
}

async fn a_code_means_another_province_on_another_day(db: TestDb) {
    let query = r#"{ old: province(code: "15", on: "2025-06-30") { fullName } new: province(code: "15", on: "2025-07-01") { fullName } today: province(code: "15") { fullName } gone: province(code: "10") { fullName } }"#;
    assert_eq!(
        ask(&db, query).await,
        json!({
            "old": { "fullName": "Tỉnh Yên Bái" },
            "new": { "fullName": "Tỉnh Lào Cai" },
            "today": { "fullName": "Tỉnh Lào Cai" },
            "gone": null,
        })
    );
}

async fn sixty_three_units_until_the_merger_and_thirty_four_after_it(db: TestDb) {
    let query = r#"{ before: provinces(on: "2025-06-30", first: 1) { totalCount } after: provinces(on: "2025-07-01", first: 1) { totalCount } today: provinces { totalCount nodes { level } } }"#;
    let answer = ask(&db, query).await;
    assert_eq!(answer["before"]["totalCount"], 63);
    assert_eq!(answer["after"]["totalCount"], 34);
    assert_eq!(answer["today"]["totalCount"], 34);
    assert!(answer["today"]["nodes"].as_array().expect("nodes").iter().all(|n| n["level"] == "PROVINCE"));
}

async fn central_cities_are_counted_as_of_the_day(db: TestDb) {
    for (day, cities) in [
        ("2024-12-31", 5),
        ("2025-01-01", 6),
        ("2025-07-01", 6),
        ("2026-04-29", 6),
        ("2026-04-30", 7),
        ("2026-09-01", 8),
        ("2026-09-19", 8),
        ("2026-09-20", 9),
    ] {
        let query =
            format!(r#"{{ provinces(on: "{day}", filter: {{ unitTypes: [CENTRAL_CITY] }}) {{ totalCount }} }}"#);
        assert_eq!(ask(&db, &query).await["provinces"]["totalCount"], cities, "{day}");
    }
}

async fn a_change_of_type_makes_a_version_of_the_same_unit(db: TestDb) {
    let query = r#"{ before: province(code: "46", on: "2024-12-31") { id unitId fullName unitType } after: province(code: "46", on: "2025-01-01") { id unitId fullName unitType versions { fullName versionFrom versionTo versionLegalBasis { number } } validFrom validTo } }"#;
    let answer = ask(&db, query).await;
    let (before, after) = (&answer["before"], &answer["after"]);
    assert_eq!(before["unitId"], after["unitId"]);
    assert_ne!(before["id"], after["id"]);
    assert_eq!([&before["fullName"], &before["unitType"]], ["Tỉnh Thừa Thiên Huế", "PROVINCE"]);
    assert_eq!([&after["fullName"], &after["unitType"]], ["Thành phố Huế", "CENTRAL_CITY"]);
    assert_eq!(
        after["versions"],
        json!([
            { "fullName": "Tỉnh Thừa Thiên Huế", "versionFrom": null, "versionTo": "2024-12-31", "versionLegalBasis": null },
            { "fullName": "Thành phố Huế", "versionFrom": "2025-01-01", "versionTo": null, "versionLegalBasis": { "number": "175/2024/QH15" } },
        ])
    );
    assert_eq!([&after["validFrom"], &after["validTo"]], [&json!(null), &json!(null)]);
}

async fn a_merged_unit_is_a_new_unit_and_names_its_predecessors(db: TestDb) {
    let query = r#"{ old: province(code: "25", on: "2025-06-30") { unitId validTo successors { successor { unitId fullName } } } new: province(code: "25") { unitId validFrom legalBasis { number } predecessors { kind effectiveOn legalBasis { code } predecessor { code fullName } } } }"#;
    let answer = ask(&db, query).await;
    assert_ne!(answer["old"]["unitId"], answer["new"]["unitId"]);
    assert_eq!(answer["old"]["validTo"], "2025-06-30");
    assert_eq!(answer["old"]["successors"][0]["successor"]["unitId"], answer["new"]["unitId"]);
    assert_eq!(answer["new"]["validFrom"], "2025-07-01");
    assert_eq!(answer["new"]["legalBasis"]["number"], "202/2025/QH15");
    let merged = |code: &str, name: &str| {
        json!({
            "kind": "MERGED", "effectiveOn": "2025-07-01", "legalBasis": { "code": "202-2025-qh15" },
            "predecessor": { "code": code, "fullName": name },
        })
    };
    assert_eq!(
        answer["new"]["predecessors"],
        json!([merged("17", "Tỉnh Hoà Bình"), merged("25", "Tỉnh Phú Thọ"), merged("26", "Tỉnh Vĩnh Phúc")])
    );
}

async fn the_country_is_found_by_its_code_but_never_listed(db: TestDb) {
    let query = r#"{ province(code: "VN") { name level unitType } provinces(filter: { codes: ["VN", "01"] }) { nodes { code } } }"#;
    assert_eq!(
        ask(&db, query).await,
        json!({
            "province": { "name": "Việt Nam", "level": "COUNTRY", "unitType": "COUNTRY" },
            "provinces": { "nodes": [{ "code": "01" }] },
        })
    );
}

async fn the_history_of_a_code_names_every_holder_once(db: TestDb) {
    let query = r#"{ reused: codeHistory(code: "24") { fullName validFrom validTo } retired: codeHistory(code: "30") { name } unchanged: codeHistory(code: "46") { fullName } never: codeHistory(code: "99") { name } }"#;
    assert_eq!(
        ask(&db, query).await,
        json!({
            "reused": [
                { "fullName": "Tỉnh Bắc Giang", "validFrom": null, "validTo": "2025-06-30" },
                { "fullName": "Thành phố Bắc Ninh", "validFrom": "2025-07-01", "validTo": null },
            ],
            "retired": [{ "name": "Hải Dương" }],
            "unchanged": [{ "fullName": "Thành phố Huế" }],
            "never": [],
        })
    );
}

async fn names_are_found_without_marks_and_sorted_by_the_alphabet(db: TestDb) {
    for (text, code) in
        [("phu tho", "25"), ("PHÚ THỌ", "25"), ("hoa binh", "17"), ("Hòa Bình", "17"), ("dak lak", "66")]
    {
        let query =
            format!(r#"{{ provinces(on: "2025-06-30", filter: {{ text: "{text}" }}) {{ nodes {{ code }} }} }}"#);
        assert_eq!(ask(&db, &query).await["provinces"]["nodes"], json!([{ "code": code }]), "{text}");
    }
    for text in ["%", "_"] {
        let query = format!(r#"{{ provinces(filter: {{ text: "{text}" }}) {{ totalCount }} }}"#);
        assert_eq!(ask(&db, &query).await["provinces"]["totalCount"], 0, "{text} is a letter like any other");
    }
    let query = r#"{ provinces(orderBy: { field: NAME, direction: ASC }, first: 12) { nodes { name } } }"#;
    let answer = ask(&db, query).await;
    let names: Vec<&str> =
        answer["provinces"]["nodes"].as_array().expect("nodes").iter().filter_map(|n| n["name"].as_str()).collect();
    let expected = [
        "An Giang",
        "Bắc Ninh",
        "Cà Mau",
        "Cao Bằng",
        "Cần Thơ",
        "Đà Nẵng",
        "Đắk Lắk",
        "Điện Biên",
        "Đồng Nai",
        "Đồng Tháp",
        "Gia Lai",
        "Hà Nội",
    ];
    assert_eq!(names, expected);
}

async fn every_unit_that_ended_has_a_successor(db: TestDb) {
    let query = r#"{ provinces(on: "2025-06-30", first: 63) { nodes { name validTo successors { successor { validFrom } } } } }"#;
    let answer = ask(&db, query).await;
    let units = answer["provinces"]["nodes"].as_array().expect("nodes").clone();
    let ended: Vec<_> = units.iter().filter(|unit| !unit["validTo"].is_null()).collect();
    assert_eq!((units.len(), ended.len()), (63, 52));
    for unit in ended {
        assert_eq!(unit["successors"], json!([{ "successor": { "validFrom": "2025-07-01" } }]), "{}", unit["name"]);
    }
}
