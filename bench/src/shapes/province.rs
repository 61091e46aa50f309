//! One province by its code.

use serde_json::json;

use super::{Bind, Case, Shape, Statement};
use crate::peer::flat::{
    Level,
    Part::{One, Text},
};

const BINDS: &[Bind] = &[Bind::Text("code"), Bind::Today];

/// The shape.
pub const SHAPE: Shape = Shape {
    name: "province",
    title: "one province by code",
    document: "query ($code: String!) { province(code: $code) { code name fullName unitType validFrom } }",
    limit: Statement {
        sql: concat!(
            "SELECT json_build_object('province', (
                SELECT json_build_object('code', u.code, 'name', v.name_vi, 'fullName', v.full_name_vi,
                    'unitType', v.unit_type, 'validFrom', u.valid_from)
                FROM unit u JOIN unit_version v ON v.unit_id = u.id
                WHERE u.code = $1 AND ",
            lives!("u", "$2"),
            " AND ",
            lives!("v", "$2"),
            "))::text"
        ),
        binds: BINDS,
    },
    flat: &[One(
        "province",
        &Level {
            postgres: Statement {
                sql: concat!(
                    "SELECT u.code, v.name_vi, v.full_name_vi, v.unit_type, u.valid_from::text
                FROM unit u JOIN unit_version v ON v.unit_id = u.id
                WHERE u.code = $1 AND ",
                    lives!("u", "$2"),
                    " AND ",
                    lives!("v", "$2")
                ),
                binds: BINDS,
            },
            sqlite: Statement {
                sql: concat!(
                    "SELECT u.code, v.name_vi, v.full_name_vi, v.unit_type, u.valid_from
                FROM unit u JOIN unit_version v ON v.unit_id = u.id
                WHERE u.code = $1 AND ",
                    lives!("u", "$2"),
                    " AND ",
                    lives!("v", "$2")
                ),
                binds: BINDS,
            },
            parts: &[Text("code", 0), Text("name", 1), Text("fullName", 2), Text("unitType", 3), Text("validFrom", 4)],
        },
    )],
    cases: |sample| sample.provinces.iter().map(|code| Case::same(json!({ "code": code }))).collect(),
};
