//! Health in the schema.

use std::collections::HashMap;

use async_graphql::{Context, InputObject, Object, Result};
use chrono::Days;
use entity::{
    data_link,
    ids::DataLinkId,
    kinds::{CheckOutcome, HealthState},
    link_check,
};
use sea_orm::Select;

use super::{
    rules::{self, Fault},
    store::{self, Told},
};
use crate::{
    identity::graphql::mutation::NodeInput,
    kernel::{
        error::Refusal,
        locale::{Message, Naming},
        object::{Args, Declare, GlobalId, NoArgs, Noun, Shape, Shaped, Word, declare::Loading},
        op::Op,
        policy::Action,
        scalar::DateTime,
    },
    sharing::graphql::linking::DataLinkPayload,
};

/// Whether a link answers.
pub struct LinkHealth {
    link: i64,
    state: HealthState,
    since: Option<DateTime>,
    checked_at: Option<DateTime>,
    latency_ms: Option<i32>,
    failures: i32,
    message: Option<Message>,
}

impl LinkHealth {
    /// Of a link of which nothing was ever known.
    fn unknown(link: i64) -> Self {
        LinkHealth {
            link,
            state: HealthState::Unknown,
            since: None,
            checked_at: None,
            latency_ms: None,
            failures: 0,
            message: None,
        }
    }
    fn of(op: &Op, told: Told) -> Self {
        let Told { row, known, fault } = told;
        let (link, checked_at) = (row.link_id.into(), row.checked_at.map(DateTime));
        if !known {
            let ended = if row.state == HealthState::Unknown { row.since } else { row.known_until.min(op.now()) };
            return LinkHealth { since: Some(DateTime(ended)), checked_at, ..LinkHealth::unknown(link) };
        }
        let message = row.fault.as_deref().filter(|_| fault).and_then(Fault::coded);
        LinkHealth {
            link,
            state: row.state,
            since: Some(DateTime(row.since)),
            checked_at,
            latency_ms: row.latency_ms,
            failures: row.consecutive_failures,
            message: message.map(|fault| fault.told(row.http_status)),
        }
    }
    /// Of some links.
    pub fn load<'a>(op: &'a Op, links: Vec<i64>, _: &'a NoArgs) -> Loading<'a, HashMap<i64, Self>> {
        Box::pin(async move {
            let told = store::of_links(op, &links).await?;
            let mut all: HashMap<i64, Self> = links.into_iter().map(|id| (id, LinkHealth::unknown(id))).collect();
            all.extend(told.into_iter().map(|told| LinkHealth::of(op, told)).map(|health| (health.link, health)));
            Ok(all)
        })
    }
}

/// How many days back.
#[derive(InputObject)]
struct Uptime {
    /// Over how many days, today among them, 1 to 366 (số ngày).
    #[graphql(default = 30)]
    days: i32,
}

impl Args for Uptime {
    fn settle(&mut self, _: &Op) -> std::result::Result<(), Refusal> {
        if (1..=366).contains(&self.days) {
            return Ok(());
        }
        Err(Refusal::field(
            "days",
            "OUT_OF_RANGE",
            Message::new("Số ngày phải từ 1 đến 366.", "The number of days must be 1 to 366."),
        ))
    }
}

/// For which share of some days links answered.
fn uptime<'a>(op: &'a Op, links: Vec<i64>, args: &'a Uptime) -> Loading<'a, HashMap<i64, f64>> {
    Box::pin(async move {
        let before = u64::try_from(args.days - 1).unwrap_or(0);
        let since = op.today().checked_sub_days(Days::new(before)).unwrap_or(op.today());
        let times = store::uptime_of(op, &links, [since, op.today()]).await?;
        let share = |(id, (answered, failed))| Some((id, rules::uptime(answered, failed)?));
        Ok(times.into_iter().filter_map(share).collect())
    })
}

impl Shape for LinkHealth {
    const NAME: &'static str = "LinkHealth";
    const DOC: &'static str = "Whether a link answers, as checks by HTTP tell (tình trạng hoạt động).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value(
                "state",
                "Whether it answers. UNKNOWN until it has been checked, when it has not been checked three intervals after it was due, and where it has no endpoint or is none of ACTIVE, MIGRATING and TESTING (tình trạng).",
                |it| Word(it.state),
            )
            .value("since", "Since when that is so; null where it was never checked (từ khi).", |it| it.since)
            .value("checkedAt", "When it was last checked (thời điểm kiểm tra).", |it| it.checked_at)
            .value("latencyMs", "How long the last answer took, in milliseconds (độ trễ).", |it| it.latency_ms)
            .value("consecutiveFailures", "How often in a row it has failed (số lần lỗi liên tiếp).", |it| it.failures)
            .loaded(
                "uptime",
                "The share of the time for which it answered over some days in Việt Nam, 0 to 1: each check stands for the time until the next is due; null without any (tỷ lệ sẵn sàng).",
                |it| it.link,
                uptime,
            )
            .value_by(
                "message",
                "What went wrong at the last check, a code and its words; null for those who may not know the endpoint (thông báo).",
                |it, naming: &Naming| it.message.as_ref().map(|message| message.text(naming.locale).to_owned()),
            )
    }
}

impl Noun for link_check::Entity {
    const NAME: &'static str = "LinkCheck";
    const DOC: &'static str = "One check of a data link (lần kiểm tra).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_checks(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use link_check::Column as C;
        declare
            .column("at", "When it began (thời điểm).", C::At)
            .stored::<CheckOutcome>("outcome", "How it ended (kết quả).", C::Outcome)
            .stored::<HealthState>("state", "The link's state after it (tình trạng).", C::State)
            .column("httpStatus", "The status of HTTP; null where there was no answer (mã trạng thái).", C::HttpStatus)
            .column("latencyMs", "How long the answer took, in milliseconds (độ trễ).", C::LatencyMs)
            .column("fault", "The code of what went wrong, as TIMEOUT; null where nothing did (mã lỗi).", C::Fault)
    }
}

/// Mutations of this room.
#[derive(Default)]
pub struct HealthMutation;

#[Object]
impl HealthMutation {
    /// Check now whether a link that is ACTIVE, MIGRATING or TESTING answers (kiểm tra kết nối).
    async fn check_data_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which link.")] input: NodeInput,
    ) -> Result<DataLinkPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::CheckDataLink)?;
        let id = DataLinkId(GlobalId::of::<data_link::Entity>(&input.id)?);
        super::check(op, id).await?;
        Ok(DataLinkPayload::of(op, id))
    }
}
