//! GraphQL types for the quarterly data-sharing bulletin.

use async_graphql::InputObject;
use entity::{
    time::{Period, Span},
    unit_version,
};

use crate::{
    kernel::{
        error::{Broken, Refusal},
        object::{Args, Shape, Shaped, Word, declare::Loading},
        op::Op,
        scalar::DateTime,
    },
    territory,
    traffic::{
        bulletin::{self, Bulletin, Standing},
        rules,
    },
};

/// Arguments of `sharingBulletin`.
#[derive(InputObject)]
pub struct Which {
    /// The quarter, like 2026-Q1. It must have begun (quý).
    quarter: Period,
    /// The area, by the code that it holds on the quarter's last day. The bulletin covers links with an end in it or in a unit that
    /// it was formed from. Without an area, it covers all links (địa bàn).
    area: Option<String>,
    /// The days of the quarter, set when the arguments are validated.
    #[graphql(skip)]
    days: Option<Span>,
}

impl Args for Which {
    fn settle(&mut self, op: &Op) -> Result<(), Refusal> {
        self.days = Some(rules::quarter(&self.quarter, op.today())?);
        self.area.as_ref().map_or(Ok(()), |code| territory::rules::check_code("area", code))
    }
}

/// Computes the bulletin.
pub fn make<'a>(op: &'a Op, which: &'a Which) -> Loading<'a, Bulletin> {
    Box::pin(async move {
        let days = which.days.ok_or_else(|| Broken::new("a quarter that was not looked at"))?;
        bulletin::make(op, &which.quarter, days, which.area.as_deref()).await
    })
}

impl Shape for Standing {
    const NAME: &'static str = "LinkStanding";
    const DOC: &'static str = "The number of data links in one status (số kết nối theo trạng thái).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare.value("status", "The status of the links (trạng thái).", |it| Word(it.status)).value(
            "count",
            "The number of links with this status; may be 0 (số kết nối).",
            |it| it.count,
        )
    }
}

impl Shape for Bulletin {
    const NAME: &'static str = "SharingBulletin";
    const DOC: &'static str = "Data links at the end of a quarter, and the calls over them during it. Computed from the records at each request (công bố tình hình kết nối, chia sẻ dữ liệu).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value("quarter", "The quarter that the bulletin covers (quý).", |it| it.quarter.clone())
            .one::<unit_version::Entity>("area", "The area that the bulletin covers, as it was on the quarter's last day; null for the whole country (địa bàn).", |it| {
                it.area.map(Into::into)
            })
            .value("asOf", "The instant at which links and systems are counted: the end of the quarter, or now for the current quarter (thời điểm chốt).", |it| {
                DateTime(it.as_of)
            })
            .value(
                "bodies",
                "The number of agencies that own at least one connected system. Systems without a known owner are not counted (số cơ quan).",
                |it| it.bodies,
            )
            .value(
                "systems",
                "The number of connected systems: systems of the area that are an end of an ACTIVE or MIGRATING link. Generic classes of systems are not counted (số hệ thống).",
                |it| it.systems,
            )
            .value("databases", "The number of connected systems of kind DATABASE (số cơ sở dữ liệu).", |it| it.databases)
            .shapes::<Standing>(
                "links",
                "The number of links in each status at `asOf`. A link without recorded transitions counts with the status that its source states (kết nối theo trạng thái).",
                |it| it.links.clone(),
            )
            .value(
                "transactions",
                "The number of calls over the links in the quarter, whatever their outcome. Trial calls (link TESTING, or environment not PRODUCTION) are not counted (số giao dịch).",
                |it| it.calls.iter().sum::<f64>(),
            )
            .value("failures", "The number of these calls that failed (số giao dịch lỗi).", |it| it.calls[1])
            .value("denied", "The number of these calls that were denied (số giao dịch bị từ chối).", |it| it.calls[2])
            .value(
                "uptime",
                "The share of checked time in the quarter for which the links responded, 0 to 1, all checked links together. Null without any check, or when the uptime records of that time (kept for 366 days) are deleted (tỷ lệ sẵn sàng).",
                |it| it.uptime,
            )
    }
}
