//! Rankings.

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
    const DOC: &'static str = "A figure and its place in a ranking (số liệu xếp hạng).";
    fn declare(o: Shaped<Self>) -> Shaped<Self> {
        o.value("rank", "The place; equal values share one, and the next is left out: 1, 2, 2, 4 (hạng).", |r| r.rank)
            .value("of", "Out of how many that have a place (tổng số được xếp hạng).", |r| r.of)
            .must::<observation::Entity>("observation", "The figure (số liệu).", |r| Some(r.figure.into()))
            .value(
                "sharing",
                "Who may see the place: the strictest class of all the figures that have one (phân loại chia sẻ).",
                |r| Word(r.sharing) as Word<SharingClass>,
            )
    }
}

/// The arguments of a ranking.
#[derive(InputObject)]
pub struct RankingOf {
    /// In which period; by default the newest in which a province has a figure (kỳ).
    period: Option<Period>,
    /// The restriction; the empty text for none (phân tổ).
    #[graphql(default)]
    dimension: String,
    /// Only provinces that are in being on this day; all that have a figure by default (ngày của bản đồ).
    on: Option<Date>,
    /// How many places, 1 to 200 (số dòng đầu).
    #[graphql(default_with = "Some(PROVINCES)")]
    first: Option<i32>,
}

/// How many provinces there are since 2025-07-01.
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

/// The rankings of some indicators.
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
