//! Sixty observations of an indicator and an area, as a list.

use serde_json::json;

use super::{
    Bind::{self, Text as Given},
    Case, Shape, Statement,
};
use crate::peer::flat::{
    Level,
    Part::{Many, Real, Text, Within},
};

const BINDS: &[Bind] = &[Given("indicator"), Given("area")];

const ROWS: Statement = Statement {
    sql: concat!(
        "SELECT o.period, o.value, o.qualifier, o.status FROM observation o
        WHERE o.indicator_id = (SELECT id FROM indicator WHERE code = $1)
        AND o.area_id IN (SELECT id FROM unit WHERE code = $2) AND o.dimension = '' AND ",
        public!("o"),
        "
        ORDER BY o.period_end DESC, o.period_start DESC, o.id LIMIT 60"
    ),
    binds: BINDS,
};

/// The shape.
pub const SHAPE: Shape = Shape {
    name: "list",
    title: "60 observations of an indicator and an area, by list",
    document: "query ($indicator: String!, $area: String!) {
        observations(filter: { indicators: [$indicator], areas: [$area], dimensions: [\"\"] },
            orderBy: { field: PERIOD, direction: DESC }, first: 60) { nodes { period value qualifier status } } }",
    limit: Statement {
        sql: concat!(
            "SELECT json_build_object('observations', json_build_object('nodes', (
            SELECT COALESCE(json_agg(json_build_object('period', o.period, 'value', o.value, 'qualifier', o.qualifier,
                'status', o.status)), '[]'::json)
            FROM (SELECT o.period, o.value, o.qualifier, o.status FROM observation o
                WHERE o.indicator_id = (SELECT id FROM indicator WHERE code = $1)
                AND o.area_id = ANY(ARRAY(SELECT id FROM unit WHERE code = $2)) AND o.dimension = '' AND ",
            public!("o"),
            "
                ORDER BY o.period_end DESC, o.period_start DESC, o.id LIMIT 60) o)))::text"
        ),
        binds: BINDS,
    },
    flat: &[Within(
        "observations",
        &[Many(
            "nodes",
            &Level {
                postgres: ROWS,
                sqlite: ROWS,
                parts: &[Text("period", 0), Real("value", 1), Text("qualifier", 2), Text("status", 3)],
            },
        )],
    )],
    cases: |sample| {
        let pairs = sample.indicators.iter().zip(sample.unmerged.iter().cycle());
        pairs.map(|(indicator, area)| Case::same(json!({ "indicator": indicator, "area": area }))).collect()
    },
};
