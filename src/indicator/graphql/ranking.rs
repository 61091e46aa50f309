//! Rankings in the schema.

use std::collections::HashMap;

use async_graphql::InputObject;
use entity::{kinds::SharingClass, observation, time::Period};

use crate::{
    indicator::ranking::{self, Ranked},
    kernel::{
        error::Refusal,
        object::{Args, Shape, Shaped, Word, declare::Loading},
        op::Op,
        page::count,
        scalar::Date,
    },
};

impl Shape for Ranked {
    const NAME: &'static str = "RankedObservation";
    const DOC: &'static str = "An observation and its rank (số liệu xếp hạng).";
    fn declare(o: Shaped<Self>) -> Shaped<Self> {
        o.value(
            "rank",
            "The rank, from 1. Equal values share a rank and the next one is skipped: 1, 2, 2, 4 (hạng).",
            |r| r.rank,
        )
        .value("of", "How many observations are ranked (tổng số được xếp hạng).", |r| r.of)
        .must::<observation::Entity>("observation", "The ranked observation (số liệu).", |r| Some(r.figure.into()))
        .value(
            "sharing",
            "Sharing class of the rank: the strictest class among all ranked observations (phân loại chia sẻ).",
            |r| Word(r.sharing) as Word<SharingClass>,
        )
    }
}

/// The arguments of a ranking.
#[derive(InputObject)]
pub struct RankingOf {
    /// The period; by default the newest in which a province has a published value (kỳ).
    period: Option<Period>,
    /// The dimension; empty for observations without one (phân tổ).
    #[graphql(default)]
    dimension: String,
    /// Rank only provinces that exist on this day; by default all that have an observation (ngày của bản đồ).
    on: Option<Date>,
    /// How many ranks to return, 1 to 200; 34 by default (số dòng đầu).
    #[graphql(default_with = "Some(PROVINCES)")]
    first: Option<i32>,
}

/// The number of provinces since 2025-07-01.
const PROVINCES: i32 = 34;

impl RankingOf {
    fn places(&self) -> i32 {
        self.first.unwrap_or(PROVINCES)
    }
}

impl Args for RankingOf {
    fn settle(&mut self, _: &Op) -> Result<(), Refusal> {
        count("first", self.places()).map(|_| ())
    }
}

/// Loads the rankings of several indicators.
pub fn of_indicators<'a>(
    op: &'a Op,
    indicators: Vec<i64>,
    args: &'a RankingOf,
) -> Loading<'a, HashMap<i64, Vec<Ranked>>> {
    let asked = ranking::Asked {
        period: args.period.clone(),
        dimension: args.dimension.clone(),
        on: args.on.map(|day| day.0),
        first: usize::try_from(args.places()).unwrap_or_default(),
    };
    Box::pin(async move { ranking::load(op, &indicators, &asked).await })
}
