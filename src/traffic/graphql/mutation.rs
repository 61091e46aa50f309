//! The GraphQL mutation that reports calls over data links.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use entity::kinds::{ExchangeOutcome, ReportSide};

use crate::{
    indicator::graphql::importing::ImportError,
    kernel::{locale::Locale, op::Op, scalar::DateTime},
    traffic::{self, NewExchange},
};

/// One call over a data link, as one side reports it. It never includes the payload.
#[derive(InputObject)]
struct ExchangeRecordInput {
    /// The code of the data link (kết nối).
    link: String,
    /// The side that reports the call. If both sides report a call, the provider's report counts (bên báo cáo).
    side: ReportSide,
    /// When the call began: at most 5 minutes in the future, and not more than 30 days ago unless configured otherwise. The link must
    /// have been ACTIVE, MIGRATING or TESTING at that time, or SUSPENDED for a call that FAILED or was DENIED; otherwise the record
    /// is rejected with NOT_OPERATING (thời điểm).
    at: DateTime,
    /// The outcome of the call (kết quả).
    outcome: ExchangeOutcome,
    /// The duration in milliseconds, 0 to 86,400,000 (one day). `at` plus the duration must not be more than 5 minutes in the future (thời lượng).
    duration_ms: i32,
    /// The size of the request in bytes: a whole number, at most 1,099,511,627,776 (1 TiB) (dung lượng gửi).
    bytes_in: Option<f64>,
    /// The size of the response in bytes: a whole number, at most 1,099,511,627,776 (1 TiB) (dung lượng nhận).
    bytes_out: Option<f64>,
    /// The id of the call, unique on its link and the same on both sides; at most 200 characters. Reporting it again from the same
    /// side changes nothing (mã thông điệp).
    message_id: String,
    /// The error code of a call that FAILED or was DENIED; at most 200 characters. Not allowed for a call that SUCCEEDED (mã lỗi).
    fault_code: Option<String>,
}

/// A batch of calls to report.
#[derive(InputObject)]
struct RecordExchangesInput {
    /// The calls, at most 10,000 (các bản ghi).
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

/// The result of a report.
#[derive(SimpleObject)]
struct RecordExchangesPayload {
    /// The number of records that were stored (số bản ghi nhận).
    accepted: i32,
    /// The number of records that the same side had already reported, by link and `messageId`. They change nothing (số bản ghi trùng).
    duplicates: i32,
    /// All errors of the rejected records, in their order. FORBIDDEN means that the client's agency neither owns nor operates the end of the link that it reports for (lỗi).
    errors: Vec<ImportError>,
}

fn count(records: usize) -> i32 {
    i32::try_from(records).unwrap_or(i32::MAX)
}

/// Mutations that report calls over data links.
#[derive(Default)]
pub struct TrafficMutation;

#[Object]
impl TrafficMutation {
    /// Report calls over data links. The caller is an API client with the scope exchange:report whose agency owns or operates an end of
    /// each link. Valid records are stored even if others are rejected. Each record costs 10 points (báo cáo trao đổi).
    async fn record_exchanges(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The calls to report.")] input: RecordExchangesInput,
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
