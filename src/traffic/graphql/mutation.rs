//! How calls over data links are reported, in the schema.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use entity::kinds::{ExchangeOutcome, ReportSide};

use crate::{
    indicator::graphql::importing::ImportError,
    kernel::{locale::Locale, op::Op, scalar::DateTime},
    traffic::{self, NewExchange},
};

/// A call over a data link, as one side reports it. Never what was in it.
#[derive(InputObject)]
struct ExchangeRecordInput {
    /// The data link, by code (kết nối).
    link: String,
    /// The end that reports it; of a call that both report, the provider's word counts (bên báo cáo).
    side: ReportSide,
    /// When it began; at most five minutes ahead, not before what is kept: 30 days, unless configured otherwise; and when the
    /// link was ACTIVE, MIGRATING or TESTING, or was SUSPENDED and the call FAILED or was DENIED: else NOT_OPERATING (thời điểm).
    at: DateTime,
    /// How it ended (kết quả).
    outcome: ExchangeOutcome,
    /// How long it took, in milliseconds: at most 86,400,000, a day; it has ended when it is reported, but for five minutes by which clocks may differ (thời lượng).
    duration_ms: i32,
    /// The bytes of the request: a whole number (dung lượng gửi).
    bytes_in: Option<f64>,
    /// The bytes of the answer: a whole number (dung lượng nhận).
    bytes_out: Option<f64>,
    /// Names the call on its link, the same on both sides; at most 200 characters. What one side repeats changes nothing (mã thông
    /// điệp).
    message_id: String,
    /// Why it was not answered, as a code; at most 200 characters, and none of a call that SUCCEEDED (mã lỗi).
    fault_code: Option<String>,
}

/// Calls to be reported.
#[derive(InputObject)]
struct RecordExchangesInput {
    /// The calls: at most 10,000 (các bản ghi).
    records: Vec<ExchangeRecordInput>,
}

impl From<ExchangeRecordInput> for NewExchange {
    fn from(input: ExchangeRecordInput) -> Self {
        NewExchange {
            link: input.link,
            side: input.side,
            at: input.at.0,
            outcome: input.outcome,
            duration_ms: input.duration_ms,
            bytes_in: input.bytes_in,
            bytes_out: input.bytes_out,
            message_id: input.message_id,
            fault_code: input.fault_code,
        }
    }
}

/// What a report came to.
#[derive(SimpleObject)]
struct RecordExchangesPayload {
    /// How many records are noted now (số bản ghi nhận).
    accepted: i32,
    /// How many the same side had reported before, on this link and by this message id: they change nothing (số bản ghi trùng).
    duplicates: i32,
    /// Everything wrong in the others, in their order; FORBIDDEN for a link of which the system's body neither owns nor operates an end (lỗi).
    errors: Vec<ImportError>,
}

fn count(records: usize) -> i32 {
    i32::try_from(records).unwrap_or(i32::MAX)
}

/// Mutations of this room.
#[derive(Default)]
pub struct TrafficMutation;

#[Object]
impl TrafficMutation {
    /// Report calls over data links, as a system with the scope exchange:report, for links of which its body owns or operates an end;
    /// those that are right are noted, whatever is wrong with the others. Each record costs ten points (báo cáo trao đổi).
    async fn record_exchanges(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The calls.")] input: RecordExchangesInput,
    ) -> Result<RecordExchangesPayload> {
        let (op, locale) = (ctx.data::<Op>()?, *ctx.data::<Locale>()?);
        let reported = traffic::report(op, input.records.into_iter().map(Into::into).collect()).await?;
        Ok(RecordExchangesPayload {
            accepted: count(reported.accepted),
            duplicates: count(reported.duplicates),
            errors: reported.errors.into_iter().map(|fault| ImportError::of(fault, locale)).collect(),
        })
    }
}
