//! GraphQL mutations for data links.

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

/// A new data link; it is created with status DRAFT.
#[derive(InputObject)]
struct CreateDataLinkInput {
    /// The unique code of the link, like "pt-lgsp--vn-ndxp" (mã).
    code: String,
    /// The source system, by code. The source or the target must lie in the caller's area (hệ thống nguồn).
    source: String,
    /// The target system, by code; not the source (hệ thống đích).
    target: String,
    /// The platform that the data pass through (nền tảng trung gian).
    intermediary: Intermediary,
    /// The method of sharing (phương thức).
    method: Option<SharingMethod>,
    /// Whether data flow from source to target only, or both ways (chiều).
    direction: LinkDirection,
    /// The environment that the link runs in (môi trường).
    environment: Environment,
    /// The network that the link runs over, by its system code; neither the source nor the target (qua mạng).
    via: Option<String>,
    /// The data that the link carries (nội dung dữ liệu).
    carries: Option<String>,
    /// The purpose of the link (mục đích).
    purpose: Option<String>,
    /// The legal basis: codes of at most 100 legal documents, none of them expired (căn cứ pháp lý).
    legal_basis: Option<Vec<String>>,
    /// The expiry date, inclusive: today or later, at most 10 years ahead unless configured otherwise (ngày hết hạn).
    expires_on: Option<Date>,
    /// The URL of the link: http:// or https://, without user name, password or fragment (#), at most 2,000 characters. It is stored in normalised form, `http://a:80` as `http://a/`. An IP address must be public or lie in a network that the server's configuration allows (điểm cuối).
    endpoint: Option<String>,
    /// The source that mentions the link (nguồn).
    evidence: Option<SourceInput>,
}

/// Changes to a data link. Omitted fields keep their value; null clears a field.
#[derive(InputObject)]
struct UpdateDataLinkInput {
    /// The global id of the link (kết nối).
    id: ID,
    /// The expected version. The change is rejected with PRECONDITION_FAILED if the link has another (phiên bản).
    version: i32,
    /// The data that the link carries (nội dung dữ liệu).
    carries: MaybeUndefined<String>,
    /// The purpose of the link (mục đích).
    purpose: MaybeUndefined<String>,
    /// The complete new legal basis, by code of the documents: at most 100, newly added ones not expired. A link that is ACTIVE or MIGRATING must keep an active agreement or a document in force (căn cứ pháp lý).
    legal_basis: MaybeUndefined<Vec<String>>,
    /// The expiry date, inclusive: today or later, not before `activeFrom`, at most 10 years ahead unless configured otherwise. Setting it clears `noExpiryReason` (ngày hết hạn).
    expires_on: MaybeUndefined<Date>,
    /// The URL of the link: http:// or https://, without user name, password or fragment (#), at most 2,000 characters. It is stored in normalised form, `http://a:80` as `http://a/`. An IP address must be public or lie in a network that the server's configuration allows (điểm cuối).
    endpoint: MaybeUndefined<String>,
    /// The global id of the agreement that covers the link. Each known owner of the link's two systems must be a party to it (thoả thuận).
    agreement: MaybeUndefined<ID>,
    /// Why the link has no expiry date. If it has one now, also send `expiresOn: null`; a link cannot have both (lý do không có thời hạn).
    no_expiry_reason: MaybeUndefined<String>,
    /// The reason for the change. It is recorded in the audit log, and in `history` if the expiry, the agreement, the legal basis or the intermediary changes (lý do).
    reason: Option<String>,
    /// The source system, by code. This field and those after it change only while the link is DRAFT or PLANNED. One of the two ends must still lie in the caller's area afterwards (hệ thống nguồn).
    source: MaybeUndefined<String>,
    /// The target system, by code; only while DRAFT or PLANNED (hệ thống đích).
    target: MaybeUndefined<String>,
    /// The platform that the data pass through; only while DRAFT or PLANNED, or while it is UNKNOWN. A known intermediary changes by migration (nền tảng trung gian).
    intermediary: MaybeUndefined<Intermediary>,
    /// The network that the link runs over, by its system code; only while DRAFT or PLANNED (qua mạng).
    via: MaybeUndefined<String>,
    /// The method of sharing; only while DRAFT or PLANNED (phương thức).
    method: MaybeUndefined<SharingMethod>,
    /// Whether data flow from source to target only, or both ways; only while DRAFT or PLANNED (chiều).
    direction: MaybeUndefined<LinkDirection>,
    /// The environment that the link runs in; only while DRAFT or PLANNED (môi trường).
    environment: MaybeUndefined<Environment>,
    /// The source that mentions the link; only while DRAFT or PLANNED (nguồn).
    evidence: MaybeUndefined<SourceInput>,
}

/// A transition of a data link to another status.
#[derive(InputObject)]
struct TransitionDataLinkInput {
    /// The global id of the link (kết nối).
    id: ID,
    /// The expected version. The change is rejected with PRECONDITION_FAILED if the link has another (phiên bản).
    version: i32,
    /// The new status. ACTIVE needs an active agreement or a legal basis in force, an approved information-security level of both systems, and an expiry date or a reason for none (sang trạng thái).
    to: LinkStatus,
    /// The reason for the transition; required for REJECTED, SUSPENDED, REVOKED and RETIRED (lý do).
    reason: Option<String>,
    /// The legal basis of the transition: codes of at most 100 legal documents, none of them expired. REJECTED needs at least one. A transition to ACTIVE adds them to the link's own legal basis (căn cứ pháp lý).
    legal_basis: Option<Vec<String>>,
    /// The new intermediary: required from MIGRATING to ACTIVE, where it must differ from the old one, and not allowed in any other transition (nền tảng trung gian mới).
    intermediary: Option<Intermediary>,
    /// The new expiry date, inclusive: today or later, at most 10 years ahead unless configured otherwise. For EXPIRED it must be a past day. Never before `activeFrom`; not allowed with REJECTED, REVOKED or RETIRED (ngày hết hạn).
    expires_on: Option<Date>,
    /// Why the link has no expiry date; not allowed if it has one, or with a terminal status (lý do không có thời hạn).
    no_expiry_reason: Option<String>,
}

/// The result of a mutation on a data link.
#[derive(SimpleObject)]
pub struct DataLinkPayload {
    /// The link after the change (kết nối).
    data_link: One<data_link::Entity>,
}

impl DataLinkPayload {
    /// The payload for the link with this id.
    pub fn of(op: &Op, id: DataLinkId) -> Self {
        let link = store::visible_links(op).filter(data_link::Column::Id.eq(id));
        DataLinkPayload { data_link: One(link) }
    }
}

/// Mutations on data links.
#[derive(Default)]
pub struct LinkMutation;

#[Object]
impl LinkMutation {
    /// Create a data link in status DRAFT. Its source or its target must lie in the caller's area (đăng ký kết nối).
    async fn create_data_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new link.")] input: CreateDataLinkInput,
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
    /// Change a data link that is not REJECTED, EXPIRED, REVOKED or RETIRED (sửa kết nối).
    async fn update_data_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: UpdateDataLinkInput,
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
    /// Move a data link to another status. A transition that the current status does not allow, or whose requirements are not met, is rejected with CONFLICT: `extensions.allowed` lists the allowed statuses, `extensions.fields` the missing requirements (chuyển trạng thái kết nối).
    async fn transition_data_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The transition.")] input: TransitionDataLinkInput,
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
