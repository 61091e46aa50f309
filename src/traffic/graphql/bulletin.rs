//! The bulletin of a quarter in the schema.

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

/// Which bulletin.
#[derive(InputObject)]
pub struct Which {
    /// The quarter, as 2026-Q1; at the latest the present one (quý).
    quarter: Period,
    /// The area, by the code that it holds on the quarter's last day: links with an end in it, or in a unit that became part of
    /// it. Left out: all links (địa bàn).
    area: Option<String>,
    /// The quarter's days.
    #[graphql(skip)]
    days: Option<Span>,
}

impl Args for Which {
    fn settle(&mut self, op: &Op) -> Result<(), Refusal> {
        self.days = Some(rules::quarter(&self.quarter, op.today())?);
        self.area.as_ref().map_or(Ok(()), |code| territory::rules::check_code("area", code))
    }
}

/// Makes it.
pub fn make<'a>(op: &'a Op, which: &'a Which) -> Loading<'a, Bulletin> {
    Box::pin(async move {
        let days = which.days.ok_or_else(|| Broken::new("a quarter that was not looked at"))?;
        bulletin::make(op, &which.quarter, days, which.area.as_deref()).await
    })
}

impl Shape for Standing {
    const NAME: &'static str = "LinkStanding";
    const DOC: &'static str = "How many data links are in one state (số kết nối theo trạng thái).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare.value("status", "The state (trạng thái).", |it| Word(it.status)).value(
            "count",
            "How many are in it (số kết nối).",
            |it| it.count,
        )
    }
}

impl Shape for Bulletin {
    const NAME: &'static str = "SharingBulletin";
    const DOC: &'static str = "How much was connected at the end of a quarter, and what went over it in the quarter; worked out anew from the records whenever it is asked for (công bố tình hình kết nối, chia sẻ dữ liệu).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value("quarter", "Of which quarter (quý).", |it| it.quarter.clone())
            .one::<unit_version::Entity>("area", "Of which area; null for the country (địa bàn).", |it| {
                it.area.map(Into::into)
            })
            .value("asOf", "As of when: the end of the quarter, or now in the present one (thời điểm chốt).", |it| {
                DateTime(it.as_of)
            })
            .value(
                "bodies",
                "Bodies that own one of the connected systems, as far as the owner is known (số cơ quan).",
                |it| it.bodies,
            )
            .value(
                "systems",
                "Connected systems: those of the area at an end of a link that is ACTIVE or MIGRATING; classes of systems are not counted (số hệ thống).",
                |it| it.systems,
            )
            .value("databases", "Those of them that are databases (số cơ sở dữ liệu).", |it| it.databases)
            .shapes::<Standing>(
                "links",
                "How many links were in each state at that time; of a link whose steps are not known, the state that its source tells (kết nối theo trạng thái).",
                |it| it.links.clone(),
            )
            .value(
                "transactions",
                "Calls over the links in the quarter, whichever way they ended; but for those that tried a link which was TESTING or outside production (số giao dịch).",
                |it| it.calls.iter().sum::<f64>(),
            )
            .value("failures", "Those of them that failed (số giao dịch lỗi).", |it| it.calls[1])
            .value("denied", "Those of them that were denied (số giao dịch bị từ chối).", |it| it.calls[2])
            .value(
                "uptime",
                "The share of the time, of the quarter's days, for which the links answered that are checked, 0 to 1; null where nothing is known of it any more, or yet (tỷ lệ sẵn sàng).",
                |it| it.uptime,
            )
    }
}
