//! The newest observations of 20 indicators in each of the 34 provinces.

use serde_json::json;

use super::{
    Bind::{Above, Texts, Today},
    Case, Shape, Statement,
};
use crate::peer::flat::{
    Level,
    Part::{Many, Real, Row, Text, Within},
};

const PROVINCES: Statement = Statement {
    sql: concat!(
        "SELECT u.id, u.code FROM unit u WHERE u.level = 'PROVINCE' AND ",
        lives!("u", "$1"),
        " ORDER BY u.code"
    ),
    binds: &[Today],
};

/// The shape.
pub const SHAPE: Shape = Shape {
    name: "latest",
    title: "newest of 20 indicators × 34 provinces",
    document: "query ($indicators: [String!]!) { provinces(first: 34) { nodes { code
        latest(indicators: $indicators, includePredecessors: false) { period value status indicator { code } } } } }",
    limit: Statement {
        sql: concat!(
            "SELECT json_build_object('provinces', json_build_object('nodes', (
            SELECT COALESCE(json_agg(json_build_object('code', u.code, 'latest', l.newest) ORDER BY u.code), '[]'::json)
            FROM unit u CROSS JOIN LATERAL (
                SELECT COALESCE(json_agg(json_build_object('period', n.period, 'value', n.value, 'status', n.status,
                    'indicator', json_build_object('code', i.code)) ORDER BY i.id), '[]'::json) AS newest
                FROM indicator i CROSS JOIN LATERAL (
                    SELECT o.period, o.value, o.status FROM observation o
                    WHERE o.indicator_id = i.id AND o.area_id = u.id AND o.dimension = '' AND ", public!("o"), "
                    ORDER BY o.period_end DESC, o.period_start DESC, o.id DESC LIMIT 1) n
                WHERE i.code = ANY($1)) l
            WHERE u.level = 'PROVINCE' AND ", lives!("u", "$2"), ")))::text"
        ),
        binds: &[Texts("indicators"), Today],
    },
    flat: &[Within("provinces", &[Many("nodes", &Level {
        postgres: PROVINCES,
        sqlite: PROVINCES,
        parts: &[Text("code", 1), Many("latest", &Level {
            postgres: Statement {
                sql: concat!(
                    "SELECT a.id, n.period, n.value, n.status, i.code
                    FROM unnest($2::bigint[]) WITH ORDINALITY AS a(id, place) CROSS JOIN indicator i CROSS JOIN LATERAL (
                        SELECT o.period, o.value, o.status FROM observation o
                        WHERE o.indicator_id = i.id AND o.area_id = a.id AND o.dimension = '' AND ", public!("o"), "
                        ORDER BY o.period_end DESC, o.period_start DESC, o.id DESC LIMIT 1) n
                    WHERE i.code = ANY($1) ORDER BY a.place, i.id"
                ),
                binds: &[Texts("indicators"), Above],
            },
            sqlite: Statement {
                sql: concat!(
                    "SELECT a.value, n.period, n.value, n.status, i.code
                    FROM json_each($2) a CROSS JOIN indicator i CROSS JOIN observation n ON n.id = (
                        SELECT o.id FROM observation o
                        WHERE o.indicator_id = i.id AND o.area_id = a.value AND o.dimension = '' AND ", public!("o"), "
                        ORDER BY o.period_end DESC, o.period_start DESC, o.id DESC LIMIT 1)
                    WHERE i.code IN (SELECT value FROM json_each($1)) ORDER BY a.key, i.id"
                ),
                binds: &[Texts("indicators"), Above],
            },
            parts: &[
                Text("period", 1),
                Real("value", 2),
                Text("status", 3),
                Row("indicator", &[Text("code", 4)]),
            ],
        })],
    })])],
    cases: |sample| vec![Case::same(json!({ "indicators": sample.indicators }))],
};
