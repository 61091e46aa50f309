//! Series: of a unit's own observations, and on today's borders, merged from three predecessors.

use serde_json::json;

use super::{
    Bind::{self, Text as Given, Today},
    Case, Shape, Statement,
};
use crate::peer::flat::{
    Level,
    Part::{Bool, Many, Real, Text, Within},
};

const BINDS: &[Bind] = &[Given("area"), Given("indicator"), Today];

const OWN: Statement = Statement {
    sql: concat!(
        "SELECT o.period, o.value, o.qualifier, o.status FROM observation o
        WHERE o.area_id = (SELECT u.id FROM unit u WHERE u.code = $1 AND ",
        lives!("u", "$3"),
        ")
        AND o.indicator_id = (SELECT id FROM indicator WHERE code = $2) AND o.dimension = ''
        AND o.period_end >= '2021-11-01' AND ",
        public!("o"),
        " ORDER BY o.period_end, o.period_start"
    ),
    binds: BINDS,
};

/// The unit's own.
pub const REPORTED: Shape = Shape {
    name: "series",
    title: "60 observations of an indicator and an area, by series",
    document: "query ($area: String!, $indicator: String!) { province(code: $area) {
        series(indicator: $indicator, from: \"2021-11\") { points { period value qualifier status } } } }",
    limit: Statement {
        sql: concat!(
            "SELECT json_build_object('province', json_build_object('series', json_build_object('points', (
            SELECT COALESCE(json_agg(json_build_object('period', o.period, 'value', o.value, 'qualifier', o.qualifier,
                'status', o.status) ORDER BY o.period_end, o.period_start), '[]'::json) FROM observation o
            WHERE o.area_id = (SELECT u.id FROM unit u WHERE u.code = $1 AND ",
            lives!("u", "$3"),
            ")
            AND o.indicator_id = (SELECT id FROM indicator WHERE code = $2) AND o.dimension = ''
            AND o.period_end >= '2021-11-01' AND ",
            public!("o"),
            "))))::text"
        ),
        binds: BINDS,
    },
    flat: &[Within(
        "province",
        &[Within(
            "series",
            &[Many(
                "points",
                &Level {
                    postgres: OWN,
                    sqlite: OWN,
                    parts: &[Text("period", 0), Real("value", 1), Text("qualifier", 2), Text("status", 3)],
                },
            )],
        )],
    )],
    cases: |sample| {
        let pairs = sample.indicators.iter().zip(sample.unmerged.iter().cycle());
        pairs.map(|(indicator, area)| Case::same(json!({ "area": area, "indicator": indicator }))).collect()
    },
};

/// The points of the unit and of its predecessors together, for rows and for JSON.
macro_rules! points {
    () => {
        concat!(
            "WITH this AS (SELECT u.id FROM unit u WHERE u.code = $1 AND ", lives!("u", "$3"), "),
            indicator_ AS (SELECT id FROM indicator WHERE code = $2),
            part AS (SELECT s.predecessor_id AS id FROM succession s WHERE s.successor_id = (SELECT id FROM this)),
            point AS (
                SELECT o.period, o.period_end, o.period_start, o.value, 1 = 0 AS derived, CAST(1 AS DOUBLE PRECISION) AS coverage, o.status
                FROM observation o WHERE o.area_id = (SELECT id FROM this)
                AND o.indicator_id = (SELECT id FROM indicator_) AND o.dimension = '' AND ", public!("o"), "
                UNION ALL
                SELECT o.period, o.period_end, o.period_start,
                    CASE WHEN count(*) = (SELECT count(*) FROM part) THEN sum(o.value) END, 1 = 1,
                    CAST(count(*) AS DOUBLE PRECISION) / (SELECT count(*) FROM part),
                    CASE WHEN count(*) = (SELECT count(*) FROM part) THEN 'OFFICIAL' ELSE 'MISSING' END
                FROM observation o WHERE o.area_id IN (SELECT id FROM part)
                AND o.indicator_id = (SELECT id FROM indicator_) AND o.dimension = '' AND ", public!("o"), "
                GROUP BY o.period, o.period_end, o.period_start) "
        )
    };
}

const POINTS: Statement = Statement {
    sql: concat!(
        points!(),
        "SELECT period, value, derived, coverage, status FROM point ORDER BY period_end, period_start"
    ),
    binds: BINDS,
};

/// On today's borders.
pub const MERGED: Shape = Shape {
    name: "merged",
    title: "merged series over three predecessors",
    document: "query ($area: String!, $indicator: String!) { province(code: $area) {
        series(indicator: $indicator, boundary: CURRENT) { points { period value derived coverage status } } } }",
    limit: Statement {
        sql: concat!(
            points!(),
            "SELECT json_build_object('province', json_build_object('series', json_build_object('points', (
            SELECT COALESCE(json_agg(json_build_object('period', period, 'value', value, 'derived', derived,
                'coverage', coverage, 'status', status) ORDER BY period_end, period_start), '[]'::json)
            FROM point))))::text"
        ),
        binds: BINDS,
    },
    flat: &[Within(
        "province",
        &[Within(
            "series",
            &[Many(
                "points",
                &Level {
                    postgres: POINTS,
                    sqlite: POINTS,
                    parts: &[
                        Text("period", 0),
                        Real("value", 1),
                        Bool("derived", 2),
                        Real("coverage", 3),
                        Text("status", 4),
                    ],
                },
            )],
        )],
    )],
    cases: |sample| {
        let pairs = sample.indicators.iter().zip(sample.of_three.iter().cycle());
        pairs.map(|(indicator, area)| Case::same(json!({ "area": area, "indicator": indicator }))).collect()
    },
};
