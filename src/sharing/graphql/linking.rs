//! What is done with data links, in the schema.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use entity::{
    agreement, data_link,
    ids::{AgreementId, DataLinkId},
    kinds::{Environment, Intermediary, LinkDirection, LinkStatus, SharingMethod},
};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::{
    citation::graphql::mutation::SourceInput,
    kernel::{
        object::{GlobalId, One},
        op::Op,
        patch::Patch,
        policy::Action,
        scalar::Date,
    },
    sharing::{
        NewDataLink,
        drafting::DraftPatch,
        link::{self, DataLinkPatch},
        step::{self, NewStep},
        store,
    },
};

/// A new data link, which is a DRAFT.
#[derive(InputObject)]
struct CreateDataLinkInput {
    /// Its key, as "pt-lgsp--vn-ndxp" (mã).
    code: String,
    /// The system that it comes from, by code. One of the two ends must lie in your area (hệ thống nguồn).
    source: String,
    /// The system that it leads to, by code (hệ thống đích).
    target: String,
    /// Through what it runs (nền tảng trung gian).
    intermediary: Intermediary,
    /// How data are shared (phương thức).
    method: Option<SharingMethod>,
    /// Which way data flow (chiều).
    direction: LinkDirection,
    /// Where it runs (môi trường).
    environment: Environment,
    /// The network below, by code (qua mạng).
    via: Option<String>,
    /// What it carries (nội dung dữ liệu).
    carries: Option<String>,
    /// What it is for (mục đích).
    purpose: Option<String>,
    /// The legal documents that it rests on, by code; at most 100 (căn cứ pháp lý).
    legal_basis: Option<Vec<String>>,
    /// Its last day, inclusive: today or later, at most 10 years ahead unless configured otherwise (ngày hết hạn).
    expires_on: Option<Date>,
    /// Where it is reached: http:// or https://, without a user name, a password or a #, at most 2,000 characters; kept as addresses are written, `http://a:80` as `http://a/`. An IP address must be one that this program may ask (điểm cuối).
    endpoint: Option<String>,
    /// Where it is told of (nguồn).
    evidence: Option<SourceInput>,
}

/// Changes of a data link; what is left out stays, null clears.
#[derive(InputObject)]
struct UpdateDataLinkInput {
    /// Which (kết nối).
    id: ID,
    /// The version that you have seen (phiên bản).
    version: i32,
    /// What it carries (nội dung dữ liệu).
    carries: MaybeUndefined<String>,
    /// What it is for (mục đích).
    purpose: MaybeUndefined<String>,
    /// The legal documents that it rests on, by code: all of them, at most 100. One that operates keeps an active agreement or one in force (căn cứ pháp lý).
    legal_basis: MaybeUndefined<Vec<String>>,
    /// Its last day, inclusive: today or later, not before `activeFrom`, at most 10 years ahead unless configured otherwise (ngày hết hạn).
    expires_on: MaybeUndefined<Date>,
    /// Where it is reached: http:// or https://, without a user name, a password or a #, at most 2,000 characters; kept as addresses are written, `http://a:80` as `http://a/`. An IP address must be one that this program may ask (điểm cuối).
    endpoint: MaybeUndefined<String>,
    /// The agreement that it rests on: between the owners of its two ends, as far as these are known (thoả thuận).
    agreement: MaybeUndefined<ID>,
    /// Why it has no last day: with `expiresOn: null` where it has one, never with both (lý do không có thời hạn).
    no_expiry_reason: MaybeUndefined<String>,
    /// Why it changes: in the audit log, and in `history` where until when it operates, on what it rests or through what it is known to run changes (lý do).
    reason: Option<String>,
    /// The system that it comes from, by code. This, and all below, changes only while it is DRAFT or PLANNED; an end must lie in your area afterwards too (hệ thống nguồn).
    source: MaybeUndefined<String>,
    /// The system that it leads to, by code; only of a draft (hệ thống đích).
    target: MaybeUndefined<String>,
    /// Through what it runs; only of a draft, or where it is UNKNOWN so far: what is known changes by a migration (nền tảng trung gian).
    intermediary: MaybeUndefined<Intermediary>,
    /// The network below, by code; only of a draft (qua mạng).
    via: MaybeUndefined<String>,
    /// How data are shared; only of a draft (phương thức).
    method: MaybeUndefined<SharingMethod>,
    /// Which way data flow; only of a draft (chiều).
    direction: MaybeUndefined<LinkDirection>,
    /// Where it runs; only of a draft (môi trường).
    environment: MaybeUndefined<Environment>,
    /// Where it is told of; only of a draft (nguồn).
    evidence: MaybeUndefined<SourceInput>,
}

/// A step in the life of a data link.
#[derive(InputObject)]
struct TransitionDataLinkInput {
    /// Which (kết nối).
    id: ID,
    /// The version that you have seen (phiên bản).
    version: i32,
    /// To which state. ACTIVE needs an active agreement or a legal basis in force, approved levels of information security of both ends, and a last day or a reason for none (sang trạng thái).
    to: LinkStatus,
    /// Why: REJECTED, SUSPENDED, REVOKED and RETIRED need it (lý do).
    reason: Option<String>,
    /// On which legal documents, by code, at most 100: REJECTED needs one; one that becomes ACTIVE rests on them (căn cứ pháp lý).
    legal_basis: Option<Vec<String>>,
    /// Through what it runs from now on: another than before, and only from MIGRATING to ACTIVE (nền tảng trung gian mới).
    intermediary: Option<Intermediary>,
    /// Its last day, inclusive: today or later, at most 10 years ahead unless configured otherwise; for EXPIRED one that is over, not before `activeFrom` (ngày hết hạn).
    expires_on: Option<Date>,
    /// Why it has no last day (lý do không có thời hạn).
    no_expiry_reason: Option<String>,
}

/// A data link that was written.
#[derive(SimpleObject)]
pub struct DataLinkPayload {
    /// The link (kết nối).
    data_link: One<data_link::Entity>,
}

impl DataLinkPayload {
    /// Of the link with an id.
    pub fn of(op: &Op, id: DataLinkId) -> Self {
        let link = store::visible_links(op).filter(data_link::Column::Id.eq(id));
        DataLinkPayload { data_link: One(link) }
    }
}

/// Mutations of data links.
#[derive(Default)]
pub struct LinkMutation;

#[Object]
impl LinkMutation {
    /// Create a data link, of which one end lies in your area (đăng ký kết nối).
    async fn create_data_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link.")] input: CreateDataLinkInput,
    ) -> Result<DataLinkPayload> {
        let op = ctx.data::<Op>()?;
        let order = NewDataLink {
            code: input.code,
            source: input.source,
            target: input.target,
            intermediary: input.intermediary,
            method: input.method,
            direction: input.direction,
            environment: input.environment,
            status: LinkStatus::Draft,
            carries: input.carries,
            via: input.via,
            purpose: input.purpose,
            active_from: None,
            legal_basis: input.legal_basis.unwrap_or_default(),
            evidence: input.evidence.map(Into::into),
            expires_on: input.expires_on.map(|day| day.0),
            endpoint: input.endpoint,
        };
        Ok(DataLinkPayload::of(op, link::create(op, order).await?))
    }
    /// Change a data link whose life is not over (sửa kết nối).
    async fn update_data_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateDataLinkInput,
    ) -> Result<DataLinkPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::UpdateDataLink)?;
        let id = DataLinkId(GlobalId::of::<data_link::Entity>(&input.id)?);
        let patch = DataLinkPatch {
            draft: DraftPatch {
                source: input.source.into(),
                target: input.target.into(),
                intermediary: input.intermediary.into(),
                via: input.via.into(),
                method: input.method.into(),
                direction: input.direction.into(),
                environment: input.environment.into(),
                evidence: Patch::from(input.evidence).map(Into::into),
            },
            carries: input.carries.into(),
            purpose: input.purpose.into(),
            legal_basis: input.legal_basis.into(),
            expires_on: Patch::from(input.expires_on).map(|day| day.0),
            no_expiry_reason: input.no_expiry_reason.into(),
            reason: input.reason,
            endpoint: input.endpoint.into(),
            agreement: Patch::from(input.agreement)
                .map(|id| GlobalId::of::<agreement::Entity>(&id).ok().map(AgreementId)),
        };
        link::update(op, id, input.version, patch).await?;
        Ok(DataLinkPayload::of(op, id))
    }
    /// Take a data link a step further in its life. A step that its state does not allow is a CONFLICT: `extensions.allowed` names those that it does, `extensions.fields` what is lacking (chuyển trạng thái kết nối).
    async fn transition_data_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The step.")] input: TransitionDataLinkInput,
    ) -> Result<DataLinkPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::TransitionDataLink)?;
        let id = DataLinkId(GlobalId::of::<data_link::Entity>(&input.id)?);
        let order = NewStep {
            to: input.to,
            reason: input.reason,
            legal_basis: input.legal_basis.unwrap_or_default(),
            intermediary: input.intermediary,
            expires_on: input.expires_on.map(|day| day.0),
            no_expiry_reason: input.no_expiry_reason,
        };
        step::take(op, id, input.version, order).await?;
        Ok(DataLinkPayload::of(op, id))
    }
}
