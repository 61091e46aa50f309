//! A word looked for among everything that has a name.

use serde_json::json;

use super::{
    Bind::{self, Text as Given, Today},
    Case, Shape, Statement,
};
use crate::{
    kernel::text::fold,
    peer::flat::{
        Level,
        Part::{Many, Real, Row, Text},
    },
};

const BINDS: &[Bind] = &[Given("text"), Today];

/// How well a row's texts fit one word.
macro_rules! fit {
    ($table:literal) => {
        concat!(
            "CASE WHEN ",
            $table,
            ".search LIKE ",
            newline!(),
            " || $1 || ",
            newline!(),
            " || '%' THEN 1.0 WHEN ",
            $table,
            ".search LIKE '%' || ",
            newline!(),
            " || $1 || ",
            newline!(),
            " || '%' THEN 0.9 WHEN ",
            $table,
            ".search LIKE '%' || ",
            newline!(),
            " || $1 || '%' THEN 0.7 WHEN ",
            $table,
            ".search LIKE '% ' || $1 || '%' OR ",
            $table,
            ".search LIKE '%/' || $1 || '%' THEN 0.5 ELSE 0.2 END"
        )
    };
}

macro_rules! newline {
    () => {
        "'\n'"
    };
}

/// One kind of record. `$has` is how the index is asked.
macro_rules! kind {
    ($number:literal, $name:literal, $table:literal, $has:expr) => {
        concat!(
            " UNION ALL SELECT ",
            $number,
            ", '",
            $name,
            "', r.id, r.code, ",
            fit!("r"),
            ", 0, r.search FROM ",
            $table,
            " r WHERE ",
            $has
        )
    };
}

macro_rules! found {
    ($like:ident) => {
        concat!(
            "SELECT 0 AS kind, 'AdministrativeUnit' AS name, w.id, w.code, w.fit, w.ended, w.search FROM (
                SELECT v.id, u.code, ",
            fit!("v"),
            " AS fit, CASE WHEN ",
            lives!("u", "$2"),
            " THEN 0 ELSE 1 END AS ended,
                    v.search, row_number() OVER (PARTITION BY v.unit_id ORDER BY ",
            fit!("v"),
            " DESC, v.id DESC) AS nth
                FROM unit_version v JOIN unit u ON u.id = v.unit_id WHERE ",
            $like!("v", "unit_version"),
            ") w
            WHERE w.nth = 1",
            kind!("1", "Plan", "plan", $like!("r", "plan")),
            kind!("2", "LegalDocument", "legal_document", $like!("r", "legal_document")),
            kind!("3", "Indicator", "indicator", $like!("r", "indicator")),
            kind!("4", "InformationSystem", "information_system", $like!("r", "information_system")),
            kind!("5", "DataLink", "data_link", $like!("r", "data_link")),
            kind!("6", "Agency", "agency", $like!("r", "agency"))
        )
    };
}

macro_rules! on_postgres {
    ($table:literal, $name:literal) => {
        concat!($table, ".search LIKE '%' || $1 || '%'")
    };
}

macro_rules! on_sqlite {
    ($table:literal, $name:literal) => {
        concat!(
            $table,
            ".id IN (SELECT rowid FROM ",
            $name,
            "_search WHERE ",
            $name,
            "_search MATCH '\"' || $1 || '\"')"
        )
    };
}

macro_rules! best {
    ($like:ident, $length:literal) => {
        concat!(
            "SELECT f.fit, f.name, f.code FROM (",
            found!($like),
            ") f ORDER BY f.fit DESC, f.kind, f.ended, ",
            $length,
            "(f.search), f.search, f.id LIMIT 20"
        )
    };
}

/// The shape.
pub const SHAPE: Shape = Shape {
    name: "search",
    title: "search for a word",
    document: "query ($text: String!) { search(text: $text, first: 20) { score result { __typename
        ... on AdministrativeUnit { code } ... on Plan { code } ... on LegalDocument { code } ... on Indicator { code }
        ... on InformationSystem { code } ... on DataLink { code } ... on Agency { code } } } }",
    limit: Statement {
        sql: concat!(
            "SELECT json_build_object('search', (SELECT COALESCE(json_agg(json_build_object('score', b.fit,
                'result', json_build_object('__typename', b.name, 'code', b.code))), '[]'::json)
            FROM (",
            best!(on_postgres, "char_length"),
            ") b))::text"
        ),
        binds: BINDS,
    },
    flat: &[Many(
        "search",
        &Level {
            postgres: Statement {
                sql: concat!("SELECT b.fit::float8, b.name, b.code FROM (", best!(on_postgres, "char_length"), ") b"),
                binds: BINDS,
            },
            sqlite: Statement { sql: best!(on_sqlite, "length"), binds: BINDS },
            parts: &[Real("score", 0), Row("result", &[Text("__typename", 1), Text("code", 2)])],
        },
    )],
    cases: |_| {
        let texts = ["HT120", "thuế", "UBND", "Vĩnh", "viễn", "HT400", "kho", "thông"];
        let case = |text: &str| Case { variables: json!({ "text": text }), peer: json!({ "text": fold(text) }) };
        texts.into_iter().map(case).collect()
    },
};
