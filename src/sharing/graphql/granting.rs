//! GraphQL mutations for agreements and access grants.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use entity::{
    access_grant, agreement,
    ids::{AccessGrantId, AgreementId},
};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::{
    identity::graphql::RevokeInput,
    indicator::graphql::mutation::TransitionInput,
    kernel::{
        object::{GlobalId, One},
        op::Op,
        patch::Patch,
        policy::Action,
        scalar::{Date, DateTime},
    },
    sharing::{
        agreeing::{self, NewAgreement},
        changing::{self, AgreementPatch},
        granting::{self, NewGrant},
        store,
    },
};

/// A new agreement between a provider and a consumer.
#[derive(InputObject)]
struct CreateAgreementInput {
    /// The agreement's number, as printed. The same two agencies cannot use it twice (số).
    number: String,
    /// The agency that provides the data, by code. It must lie in the caller's area (bên cung cấp).
    provider: String,
    /// The agency that consumes the data, by code; not the provider (bên khai thác).
    consumer: String,
    /// The purpose of the sharing (mục đích).
    purpose: String,
    /// The legal documents that the agreement is based on, by code: 1 to 100. None may have expired by today or by `validFrom`, whichever is later (căn cứ pháp lý).
    legal_basis: Vec<String>,
    /// The first day on which the agreement applies (hiệu lực từ).
    valid_from: Date,
    /// The expiry date: the last day on which the agreement applies. Without one, the agreement has no end (hiệu lực đến).
    valid_to: Option<Date>,
}

/// Changes to an agreement. Omitted fields keep their value. The parties, the number and `validFrom` cannot be changed.
#[derive(InputObject)]
struct UpdateAgreementInput {
    /// The global id of the agreement (thoả thuận).
    id: ID,
    /// The expected version. The update is rejected with PRECONDITION_FAILED if the agreement has another (phiên bản).
    version: i32,
    /// The purpose of the sharing; cannot be cleared (mục đích).
    purpose: MaybeUndefined<String>,
    /// The complete new legal basis, by code of the documents: 1 to 100, none of them expired. It replaces the old one (căn cứ pháp lý).
    legal_basis: MaybeUndefined<Vec<String>>,
    /// The expiry date, inclusive: today or later; null removes the end. Grants stop opening data when the agreement ends, even if they were given for longer. If the agreement is extended again, they resume until their own end (hiệu lực đến).
    valid_to: MaybeUndefined<Date>,
}

/// A new access grant for one API client.
#[derive(InputObject)]
struct GrantAccessInput {
    /// The global id of the agreement. It must not be revoked or expired, and its provider must lie in the caller's area (thoả thuận).
    agreement: ID,
    /// The `clientId` of the API client. It must be active, belong to the consumer and have the scope observation:read (hệ thống tích hợp).
    client: String,
    /// The indicators that the client may read, by code; at least one (chỉ tiêu).
    indicators: Vec<String>,
    /// The areas that the client may read, by their codes of today; at least one, all in the caller's area. Each includes the units that it was formed from (địa bàn).
    areas: Vec<String>,
    /// The purpose of the access (mục đích).
    purpose: String,
    /// When the grant begins; within the agreement's period, whose days are days at +07:00 (hiệu lực từ).
    valid_from: DateTime,
    /// When the grant ends, exclusive; after `validFrom`, in the future, and within the agreement's period (hiệu lực đến).
    valid_to: DateTime,
}

/// The result of a mutation on an agreement.
#[derive(SimpleObject)]
struct AgreementPayload {
    /// The agreement after the change (thoả thuận).
    agreement: One<agreement::Entity>,
}

impl AgreementPayload {
    fn of(op: &Op, id: AgreementId) -> Self {
        let agreement = store::agreement::visible_agreements(op).filter(agreement::Column::Id.eq(id));
        AgreementPayload { agreement: One(agreement) }
    }
}

/// The result of a mutation on an access grant.
#[derive(SimpleObject)]
struct AccessGrantPayload {
    /// The grant after the change (quyền truy cập).
    access_grant: One<access_grant::Entity>,
}

impl AccessGrantPayload {
    fn of(op: &Op, id: AccessGrantId) -> Self {
        let grant = store::agreement::visible_grants(op).filter(access_grant::Column::Id.eq(id));
        AccessGrantPayload { access_grant: One(grant) }
    }
}

/// Mutations on agreements and access grants.
#[derive(Default)]
pub struct GrantingMutation;

#[Object]
impl GrantingMutation {
    /// Create an agreement. It stays PENDING until `activateAgreement` (lập thoả thuận).
    async fn create_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new agreement.")] input: CreateAgreementInput,
    ) -> Result<AgreementPayload> {
        let op = ctx.data::<Op>()?;
        let order = NewAgreement {
            number: input.number,
            provider: input.provider,
            consumer: input.consumer,
            purpose: input.purpose,
            legal_basis: input.legal_basis,
            valid_from: input.valid_from.0,
            valid_to: input.valid_to.map(|day| day.0),
        };
        Ok(AgreementPayload::of(op, agreeing::create(op, order).await?))
    }
    /// Activate an agreement. It applies from `validFrom`, or immediately if that day has come. Rejected with CONFLICT if every document of its legal basis has expired (kích hoạt thoả thuận).
    async fn activate_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agreement to activate.")] input: TransitionInput,
    ) -> Result<AgreementPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::ActivateAgreement)?;
        let id = AgreementId(GlobalId::of::<agreement::Entity>(&input.id)?);
        agreeing::activate(op, id, input.version, input.reason.as_deref()).await?;
        Ok(AgreementPayload::of(op, id))
    }
    /// Change the expiry date, the purpose or the legal basis of an agreement that is not revoked or expired (sửa, gia hạn thoả thuận).
    async fn update_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: UpdateAgreementInput,
    ) -> Result<AgreementPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::UpdateAgreement)?;
        let id = AgreementId(GlobalId::of::<agreement::Entity>(&input.id)?);
        let patch = AgreementPatch {
            purpose: input.purpose.into(),
            legal_basis: input.legal_basis.into(),
            valid_to: Patch::from(input.valid_to).map(|day| day.0),
        };
        changing::update(op, id, input.version, patch).await?;
        Ok(AgreementPayload::of(op, id))
    }
    /// Revoke an agreement. It and its grants stop having effect immediately; their records are kept (thu hồi thoả thuận).
    async fn revoke_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agreement to revoke, and the reason.")] input: RevokeInput,
    ) -> Result<AgreementPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RevokeAgreement)?;
        let id = AgreementId(GlobalId::of::<agreement::Entity>(&input.id)?);
        changing::revoke(op, id, input.version, &input.reason).await?;
        Ok(AgreementPayload::of(op, id))
    }
    /// Let an API client read SHARED and PRIVATE observations under an agreement (cấp quyền truy cập).
    async fn grant_access(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new grant.")] input: GrantAccessInput,
    ) -> Result<AccessGrantPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::GrantAccess)?;
        let order = NewGrant {
            agreement: AgreementId(GlobalId::of::<agreement::Entity>(&input.agreement)?),
            client: input.client,
            indicators: input.indicators,
            areas: input.areas,
            purpose: input.purpose,
            valid_from: input.valid_from.0,
            valid_to: input.valid_to.0,
        };
        Ok(AccessGrantPayload::of(op, granting::grant(op, order).await?))
    }
    /// Revoke an access grant. It stops having effect immediately; its record is kept (thu hồi quyền truy cập).
    async fn revoke_access(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The grant to revoke, and the reason.")] input: RevokeInput,
    ) -> Result<AccessGrantPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RevokeAccess)?;
        let id = AccessGrantId(GlobalId::of::<access_grant::Entity>(&input.id)?);
        granting::revoke(op, id, input.version, &input.reason).await?;
        Ok(AccessGrantPayload::of(op, id))
    }
}
