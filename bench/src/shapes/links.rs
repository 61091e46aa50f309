//! A page of active data links with their ends and the total: the first one, and the one at row 15,000.

use serde_json::json;

use super::{
    Bind::{self, Int, Today},
    Case, Shape, Statement,
};
use crate::peer::flat::{
    Level,
    Part::{self, Count, Many, Row, Text, Within},
};

const BINDS: &[Bind] = &[Today, Int("after")];

macro_rules! active {
    () => {
        "d.status = 'ACTIVE' AND (d.expires_on IS NULL OR d.expires_on >= $1)"
    };
}

const ROWS: Statement = Statement {
    sql: concat!(
        "SELECT d.code, d.status, d.intermediary, s.code, s.name_vi, t.code, t.name_vi
        FROM data_link d JOIN information_system s ON s.id = d.source_system_id
        JOIN information_system t ON t.id = d.target_system_id
        WHERE ",
        active!(),
        " AND d.id > $2 ORDER BY d.id LIMIT 50"
    ),
    binds: BINDS,
};

const TOTAL: Statement =
    Statement { sql: concat!("SELECT count(*) FROM data_link d WHERE ", active!()), binds: &[Today] };

const LIMIT: Statement = Statement {
    sql: concat!(
        "SELECT json_build_object('dataLinks', json_build_object(
        'totalCount', (SELECT count(*) FROM data_link d WHERE ",
        active!(),
        "),
        'nodes', (SELECT COALESCE(json_agg(json_build_object('code', d.code, 'status', d.status,
            'intermediary', d.intermediary, 'source', json_build_object('code', s.code, 'name', s.name_vi),
            'target', json_build_object('code', t.code, 'name', t.name_vi)) ORDER BY d.id), '[]'::json)
            FROM (SELECT * FROM data_link d WHERE ",
        active!(),
        " AND d.id > $2 ORDER BY d.id LIMIT 50) d
            JOIN information_system s ON s.id = d.source_system_id
            JOIN information_system t ON t.id = d.target_system_id)))::text"
    ),
    binds: BINDS,
};

const FLAT: &[Part] = &[Within(
    "dataLinks",
    &[
        Count("totalCount", &Level { postgres: TOTAL, sqlite: TOTAL, parts: &[] }),
        Many(
            "nodes",
            &Level {
                postgres: ROWS,
                sqlite: ROWS,
                parts: &[
                    Text("code", 0),
                    Text("status", 1),
                    Text("intermediary", 2),
                    Row("source", &[Text("code", 3), Text("name", 4)]),
                    Row("target", &[Text("code", 5), Text("name", 6)]),
                ],
            },
        ),
    ],
)];

const DOCUMENT: &str = "query ($after: Cursor) { dataLinks(filter: { statuses: [ACTIVE] }, first: 50, after: $after) {
    totalCount nodes { code status intermediary source { code name } target { code name } } } }";

/// The first page.
pub const FIRST_PAGE: Shape = Shape {
    name: "links",
    title: "page 1 of 17,000 links, with ends and total",
    document: DOCUMENT,
    limit: LIMIT,
    flat: FLAT,
    cases: |_| vec![Case { variables: json!({}), peer: json!({ "after": 0 }) }],
};

/// The page at row 15,000.
pub const DEEP_PAGE: Shape = Shape {
    name: "links-deep",
    title: "page of links at row 15,000",
    document: DOCUMENT,
    limit: LIMIT,
    flat: FLAT,
    cases: |sample| {
        vec![Case { variables: json!({ "after": sample.deep.0 }), peer: json!({ "after": sample.deep.1 }) }]
    },
};
