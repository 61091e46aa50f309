//! What went over a data link in a year, by day.

use serde_json::json;

use super::{
    Bind::{self, Int as Number, Text as Given},
    Case, Shape, Statement,
};
use crate::peer::flat::{
    Level,
    Part::{Int, Many, Real, Text, Within},
};

const BINDS: &[Bind] = &[Given("code"), Number("from"), Number("to")];

/// The hours in which the year begins and ends in Việt Nam, counted from 1970-01-01T00:00Z.
const FROM: i64 = 20_393 * 24 - 7;
const TO: i64 = FROM + 365 * 24;

macro_rules! days {
    () => {
        "SELECT t.hour, sum(t.succeeded)::bigint AS succeeded, sum(t.failed)::bigint AS failed,
            sum(t.denied)::bigint AS denied, sum(t.bytes_in)::float8 AS bytes_in, sum(t.bytes_out)::float8 AS bytes_out,
            sum(t.duration_ms)::float8 / sum(t.succeeded + t.failed + t.denied)::float8 AS mean,
            max(t.longest_ms)::float8 AS longest
        FROM exchange_tally t WHERE t.link_id = (SELECT id FROM data_link WHERE code = $1) AND t.span = 'DAY'
        AND t.hour >= $2 AND t.hour < $3 GROUP BY t.hour ORDER BY t.hour"
    };
}

macro_rules! start {
    () => {
        "to_char(to_timestamp(d.hour * 3600) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    };
}

/// The shape.
pub const SHAPE: Shape = Shape {
    name: "statistics",
    title: "a year of daily statistics of a link",
    document: "query ($code: String!) { dataLink(code: $code) {
        statistics(from: \"2025-10-31T17:00:00Z\", to: \"2026-10-31T17:00:00Z\", bucket: DAY) {
            start succeeded failed denied bytesIn bytesOut latencyAvgMs latencyMaxMs } } }",
    limit: Statement {
        sql: concat!(
            "SELECT json_build_object('dataLink', json_build_object('statistics', (
            SELECT COALESCE(json_agg(json_build_object('start', ", start!(), ", 'succeeded', d.succeeded,
                'failed', d.failed, 'denied', d.denied, 'bytesIn', d.bytes_in, 'bytesOut', d.bytes_out,
                'latencyAvgMs', d.mean, 'latencyMaxMs', d.longest)), '[]'::json)
            FROM (", days!(), ") d)))::text"
        ),
        binds: BINDS,
    },
    flat: &[Within("dataLink", &[Many("statistics", &Level {
        postgres: Statement {
            sql: concat!(
                "SELECT ", start!(), ", d.succeeded, d.failed, d.denied, d.bytes_in, d.bytes_out, d.mean, d.longest
                FROM (", days!(), ") d"
            ),
            binds: BINDS,
        },
        sqlite: Statement {
            sql: "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', t.hour * 3600, 'unixepoch'), sum(t.succeeded), sum(t.failed),
                    sum(t.denied), 1.0 * sum(t.bytes_in), 1.0 * sum(t.bytes_out),
                    1.0 * sum(t.duration_ms) / sum(t.succeeded + t.failed + t.denied), 1.0 * max(t.longest_ms)
                FROM exchange_tally t WHERE t.link_id = (SELECT id FROM data_link WHERE code = $1) AND t.span = 'DAY'
                AND t.hour >= $2 AND t.hour < $3 GROUP BY t.hour ORDER BY t.hour",
            binds: BINDS,
        },
        parts: &[
            Text("start", 0),
            Int("succeeded", 1),
            Int("failed", 2),
            Int("denied", 3),
            Real("bytesIn", 4),
            Real("bytesOut", 5),
            Real("latencyAvgMs", 6),
            Real("latencyMaxMs", 7),
        ],
    })])],
    cases: |sample| {
        let case = |code: &String| Case {
            variables: json!({ "code": code }),
            peer: json!({ "code": code, "from": FROM, "to": TO }),
        };
        sample.links.iter().map(case).collect()
    },
};
