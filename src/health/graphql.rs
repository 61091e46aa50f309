//! GraphQL types and mutations for the health of data links.

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

/// The health of a data link.
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
    /// The health of a link that was never checked.
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
    /// Loads the health of some links, in one query for all of them.
    pub fn load<'a>(op: &'a Op, links: Vec<i64>, _: &'a NoArgs) -> Loading<'a, HashMap<i64, Self>> {
        Box::pin(async move {
            let told = store::of_links(op, &links).await?;
            let mut all: HashMap<i64, Self> = links.into_iter().map(|id| (id, LinkHealth::unknown(id))).collect();
            all.extend(told.into_iter().map(|told| LinkHealth::of(op, told)).map(|health| (health.link, health)));
            Ok(all)
        })
    }
}

/// The argument of `uptime`.
#[derive(InputObject)]
struct Uptime {
    /// The number of days to cover, including today: 1 to 366 (số ngày).
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

/// Loads the uptime of some links over the last days.
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
    const DOC: &'static str =
        "The health of a data link, as measured by HTTP checks of its endpoint (tình trạng hoạt động).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value(
                "state",
                "The health state. UNKNOWN before the first check, when a check is overdue by three intervals, and for links that have no endpoint or are not ACTIVE, MIGRATING or TESTING (tình trạng).",
                |it| Word(it.state),
            )
            .value("since", "When the present state began; null if the link was never checked (từ khi).", |it| it.since)
            .value("checkedAt", "When the link was last checked; null if never (thời điểm kiểm tra).", |it| it.checked_at)
            .value("latencyMs", "Response time of the last check, in milliseconds; null if it got no HTTP response, or the state is UNKNOWN (độ trễ).", |it| it.latency_ms)
            .value("consecutiveFailures", "The number of consecutive failed checks; 3 or more mean DOWN (số lần lỗi liên tiếp).", |it| it.failures)
            .loaded(
                "uptime",
                "The share of time, 0 to 1, for which the link responded over the last days (days at UTC+7). Each check counts for the time until the next one is due. Null without any check in that time (tỷ lệ sẵn sàng).",
                |it| it.link,
                uptime,
            )
            .value_by(
                "message",
                "Why the last check failed: a code and an explanation in the language of the request. Null if it did not fail, or if the caller may not see the endpoint (thông báo).",
                |it, naming: &Naming| it.message.as_ref().map(|message| message.text(naming.locale).to_owned()),
            )
    }
}

impl Noun for link_check::Entity {
    const NAME: &'static str = "LinkCheck";
    const DOC: &'static str = "One health check of a data link (lần kiểm tra).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_checks(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use link_check::Column as C;
        declare
            .column("at", "When the check began (thời điểm).", C::At)
            .stored::<CheckOutcome>("outcome", "The result of the check (kết quả).", C::Outcome)
            .stored::<HealthState>("state", "The link's health state after the check (tình trạng).", C::State)
            .column("httpStatus", "The HTTP status code; null if there was no response (mã trạng thái).", C::HttpStatus)
            .column(
                "latencyMs",
                "The response time in milliseconds; null if there was no response (độ trễ).",
                C::LatencyMs,
            )
            .column("fault", "The error code, such as TIMEOUT; null if the check succeeded (mã lỗi).", C::Fault)
    }
}

/// Mutations on the health of data links.
#[derive(Default)]
pub struct HealthMutation;

#[Object]
impl HealthMutation {
    /// Run a health check of a data link now. The link must be ACTIVE, MIGRATING or TESTING and have an endpoint (kiểm tra kết nối).
    async fn check_data_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The data link to check.")] input: NodeInput,
    ) -> Result<DataLinkPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::CheckDataLink)?;
        let id = DataLinkId(GlobalId::of::<data_link::Entity>(&input.id)?);
        super::check(op, id).await?;
        Ok(DataLinkPayload::of(op, id))
    }
}
