//! The 34 provinces, of each its ten newest plans, of each its targets with their indicators.

use serde_json::json;

use super::{
    Bind::{Above, Today},
    Case, Shape, Statement,
};
use crate::peer::flat::{
    Level,
    Part::{Many, Nodes, Real, Row, Text, Within},
};

const PROVINCES: Statement = Statement {
    sql: concat!(
        "SELECT u.id, u.code, v.name_vi FROM unit u JOIN unit_version v ON v.unit_id = u.id
        WHERE u.level = 'PROVINCE' AND ",
        lives!("u", "$1"),
        " AND ",
        lives!("v", "$1"),
        " ORDER BY u.code"
    ),
    binds: &[Today],
};

/// The shape.
pub const SHAPE: Shape = Shape {
    name: "nested",
    title: "34 provinces × 10 newest plans × targets × indicator",
    document: "query { provinces(first: 34) { nodes { code name
        plans(first: 10, orderBy: { field: ISSUED_ON, direction: DESC }) { nodes { code number title kind status issuedOn
            targets { nodes { value qualifier text dueOn indicator { code name } } } } } } } }",
    limit: Statement {
        sql: concat!(
            "SELECT json_build_object('provinces', json_build_object('nodes', (
            SELECT COALESCE(json_agg(json_build_object('code', u.code, 'name', v.name_vi,
                'plans', json_build_object('nodes', p.nodes)) ORDER BY u.code), '[]'::json)
            FROM unit u JOIN unit_version v ON v.unit_id = u.id
            CROSS JOIN LATERAL (
                SELECT COALESCE(json_agg(json_build_object('code', n.code, 'number', n.number, 'title', n.title,
                    'kind', n.kind, 'status', n.status, 'issuedOn', n.issued_on,
                    'targets', json_build_object('nodes', t.nodes))
                    ORDER BY n.issued_on DESC NULLS LAST, n.id), '[]'::json) AS nodes
                FROM (SELECT p.* FROM unit_lineage l JOIN plan p ON p.area_id = l.ancestor_id WHERE l.unit_id = u.id
                    ORDER BY p.issued_on DESC NULLS LAST, p.id LIMIT 10) n
                CROSS JOIN LATERAL (
                    SELECT COALESCE(json_agg(json_build_object('value', t.value, 'qualifier', t.qualifier,
                        'text', t.text, 'dueOn', t.due_on, 'indicator', CASE WHEN i.id IS NULL THEN NULL ELSE
                        json_build_object('code', i.code, 'name', i.name_vi) END) ORDER BY t.id), '[]'::json) AS nodes
                    FROM plan_target t LEFT JOIN indicator i ON i.id = t.indicator_id WHERE t.plan_id = n.id) t) p
            WHERE u.level = 'PROVINCE' AND ", lives!("u", "$1"), " AND ", lives!("v", "$1"), ")))::text"
        ),
        binds: &[Today],
    },
    flat: &[Within("provinces", &[Many("nodes", &Level {
        postgres: PROVINCES,
        sqlite: PROVINCES,
        parts: &[Text("code", 1), Text("name", 2), Nodes("plans", &Level {
            postgres: Statement {
                sql: "SELECT a.id, n.id, n.code, n.number, n.title, n.kind, n.status, n.issued_on
                    FROM unnest($1::bigint[]) WITH ORDINALITY AS a(id, place) CROSS JOIN LATERAL (
                        SELECT p.* FROM unit_lineage l JOIN plan p ON p.area_id = l.ancestor_id WHERE l.unit_id = a.id
                        ORDER BY p.issued_on DESC NULLS LAST, p.id LIMIT 10) n
                    ORDER BY a.place, n.issued_on DESC NULLS LAST, n.id",
                binds: &[Above],
            },
            sqlite: Statement {
                sql: "SELECT n.unit_id, n.id, n.code, n.number, n.title, n.kind, n.status, n.issued_on FROM (
                        SELECT a.key AS place, l.unit_id, p.id, p.code, p.number, p.title, p.kind, p.status, p.issued_on,
                            row_number() OVER (PARTITION BY l.unit_id ORDER BY p.issued_on DESC NULLS LAST, p.id) AS nth
                        FROM json_each($1) a JOIN unit_lineage l ON l.unit_id = a.value
                        JOIN plan p ON p.area_id = l.ancestor_id) n
                    WHERE n.nth <= 10 ORDER BY n.place, n.nth",
                binds: &[Above],
            },
            parts: &[
                Text("code", 2),
                Text("number", 3),
                Text("title", 4),
                Text("kind", 5),
                Text("status", 6),
                Text("issuedOn", 7),
                Nodes("targets", &Level {
                    postgres: Statement {
                        sql: "SELECT t.plan_id, t.value, t.qualifier, t.text, t.due_on, i.code, i.name_vi
                            FROM unnest($1::bigint[]) WITH ORDINALITY AS a(id, place)
                            JOIN plan_target t ON t.plan_id = a.id JOIN indicator i ON i.id = t.indicator_id
                            ORDER BY a.place, t.id",
                        binds: &[Above],
                    },
                    sqlite: Statement {
                        sql: "SELECT t.plan_id, t.value, t.qualifier, t.text, t.due_on, i.code, i.name_vi
                            FROM json_each($1) a CROSS JOIN plan_target t ON t.plan_id = a.value
                            CROSS JOIN indicator i ON i.id = t.indicator_id ORDER BY a.key, t.id",
                        binds: &[Above],
                    },
                    parts: &[
                        Real("value", 1),
                        Text("qualifier", 2),
                        Text("text", 3),
                        Text("dueOn", 4),
                        Row("indicator", &[Text("code", 5), Text("name", 6)]),
                    ],
                }),
            ],
        })],
    })])],
    cases: |_| vec![Case::same(json!({}))],
};
