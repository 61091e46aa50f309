//! The provinces by the newest observations of an indicator.

use serde_json::json;

use super::{
    Bind::{self, Text as Given},
    Case, Shape, Statement,
};
use crate::peer::flat::{
    Level,
    Part::{Int, Many, Real, Row, Text, Within},
};

const BINDS: &[Bind] = &[Given("indicator")];

macro_rules! places {
    () => {
        concat!(
            "WITH this AS (SELECT id FROM indicator WHERE code = $1),
            newest AS (SELECT o.period FROM observation o WHERE o.indicator_id = (SELECT id FROM this)
                AND o.dimension = '' AND o.value IS NOT NULL AND ",
            public!("o"),
            "
                ORDER BY o.period_end DESC, o.period_start DESC, o.id DESC LIMIT 1),
            place AS (SELECT o.area_id, o.value, o.period_end, rank() OVER (ORDER BY o.value DESC) AS place,
                count(*) OVER () AS places FROM observation o WHERE o.indicator_id = (SELECT id FROM this)
                AND o.period = (SELECT period FROM newest) AND o.dimension = '' AND o.value IS NOT NULL
                AND ",
            public!("o"),
            ") "
        )
    };
}

macro_rules! from_places {
    () => {
        concat!(
            " FROM (SELECT * FROM place ORDER BY place, area_id LIMIT 34) p JOIN unit u ON u.id = p.area_id
            JOIN unit_version v ON v.unit_id = u.id WHERE ",
            lives!("v", "p.period_end")
        )
    };
}

const ROWS: Statement = Statement {
    sql: concat!(
        places!(),
        "SELECT p.place, p.places, p.value, u.code, v.name_vi",
        from_places!(),
        " ORDER BY p.place, p.area_id"
    ),
    binds: BINDS,
};

/// The shape.
pub const SHAPE: Shape = Shape {
    name: "ranking",
    title: "ranking of the provinces",
    document: "query ($indicator: String!) { indicator(code: $indicator) {
        ranking { rank of observation { value area { code name } } } } }",
    limit: Statement {
        sql: concat!(
            places!(),
            "SELECT json_build_object('indicator', json_build_object('ranking', (
            SELECT COALESCE(json_agg(json_build_object('rank', p.place, 'of', p.places, 'observation', json_build_object(
                'value', p.value, 'area', json_build_object('code', u.code, 'name', v.name_vi)))
                ORDER BY p.place, p.area_id), '[]'::json)",
            from_places!(),
            ")))::text"
        ),
        binds: BINDS,
    },
    flat: &[Within("indicator", &[Many("ranking", &Level {
        postgres: ROWS,
        sqlite: ROWS,
        parts: &[
            Int("rank", 0),
            Int("of", 1),
            Row("observation", &[Real("value", 2), Row("area", &[Text("code", 3), Text("name", 4)])]),
        ],
    })])],
    cases: |sample| {
        sample.indicators.iter().map(|indicator| Case::same(json!({ "indicator": indicator }))).collect()
    },
};
