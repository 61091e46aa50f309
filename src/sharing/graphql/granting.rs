//! What is done with agreements and grants, in the schema.

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

/// A new agreement.
#[derive(InputObject)]
struct CreateAgreementInput {
    /// Its number, as printed (số).
    number: String,
    /// The body that provides, by code (bên cung cấp).
    provider: String,
    /// The body that consumes, by code (bên khai thác).
    consumer: String,
    /// What for (mục đích).
    purpose: String,
    /// The legal documents that it rests on, by code; 1 to 100, none that is no longer in force today or, where that is later, on its first day (căn cứ pháp lý).
    legal_basis: Vec<String>,
    /// Its first day (hiệu lực từ).
    valid_from: Date,
    /// Its last day, inclusive; left out: without an end (hiệu lực đến).
    valid_to: Option<Date>,
}

/// Changes of an agreement; what is left out stays. Its parties, its number and its first day always do.
#[derive(InputObject)]
struct UpdateAgreementInput {
    /// Which (thoả thuận).
    id: ID,
    /// The version that you have seen (phiên bản).
    version: i32,
    /// What for (mục đích).
    purpose: MaybeUndefined<String>,
    /// The legal documents that it rests on from now on, by code: all of them, 1 to 100, none that is no longer in force (căn cứ pháp lý).
    legal_basis: MaybeUndefined<Vec<String>>,
    /// Its last day, inclusive: today or later; null: without an end. What was granted under it ends with it, though it was granted for longer; if it is prolonged again, that goes on, as long as it was granted for (hiệu lực đến).
    valid_to: MaybeUndefined<Date>,
}

/// A new grant.
#[derive(InputObject)]
struct GrantAccessInput {
    /// Under which agreement (thoả thuận).
    agreement: ID,
    /// To which client, by its `clientId`: one of the consumer's, with the scope observation:read (hệ thống tích hợp).
    client: String,
    /// Of which indicators, by code; at least one (chỉ tiêu).
    indicators: Vec<String>,
    /// Of which areas, by the code that they hold today; at least one, each with all that it came from (địa bàn).
    areas: Vec<String>,
    /// What for (mục đích).
    purpose: String,
    /// From when on, within the agreement's days (hiệu lực từ).
    valid_from: DateTime,
    /// Until when, exclusive, within the agreement's days (hiệu lực đến).
    valid_to: DateTime,
}

/// An agreement that was written.
#[derive(SimpleObject)]
struct AgreementPayload {
    /// The agreement (thoả thuận).
    agreement: One<agreement::Entity>,
}

impl AgreementPayload {
    fn of(op: &Op, id: AgreementId) -> Self {
        let agreement = store::agreement::visible_agreements(op).filter(agreement::Column::Id.eq(id));
        AgreementPayload { agreement: One(agreement) }
    }
}

/// A grant that was written.
#[derive(SimpleObject)]
struct AccessGrantPayload {
    /// The grant (quyền truy cập).
    access_grant: One<access_grant::Entity>,
}

impl AccessGrantPayload {
    fn of(op: &Op, id: AccessGrantId) -> Self {
        let grant = store::agreement::visible_grants(op).filter(access_grant::Column::Id.eq(id));
        AccessGrantPayload { access_grant: One(grant) }
    }
}

/// Mutations of agreements and grants.
#[derive(Default)]
pub struct GrantingMutation;

#[Object]
impl GrantingMutation {
    /// Make an agreement, which is PENDING until it is activated (lập thoả thuận).
    async fn create_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agreement.")] input: CreateAgreementInput,
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
    /// Let an agreement begin, on its first day or at once where that has come, unless all the laws that it rests on have expired (kích hoạt thoả thuận).
    async fn activate_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TransitionInput,
    ) -> Result<AgreementPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::ActivateAgreement)?;
        let id = AgreementId(GlobalId::of::<agreement::Entity>(&input.id)?);
        agreeing::activate(op, id, input.version, input.reason.as_deref()).await?;
        Ok(AgreementPayload::of(op, id))
    }
    /// Prolong or shorten an agreement that is not over, say anew what it is for, or put it on other laws (sửa, gia hạn thoả thuận).
    async fn update_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateAgreementInput,
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
    /// Revoke an agreement: from now on it binds nothing, what was granted under it opens nothing, and all of it stays known (thu hồi thoả thuận).
    async fn revoke_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: RevokeInput,
    ) -> Result<AgreementPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RevokeAgreement)?;
        let id = AgreementId(GlobalId::of::<agreement::Entity>(&input.id)?);
        changing::revoke(op, id, input.version, &input.reason).await?;
        Ok(AgreementPayload::of(op, id))
    }
    /// Grant a client the right to read figures, SHARED and PRIVATE ones, under an agreement (cấp quyền truy cập).
    async fn grant_access(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The grant.")] input: GrantAccessInput,
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
    /// Revoke a grant: it opens nothing from now on, and stays known (thu hồi quyền truy cập).
    async fn revoke_access(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: RevokeInput,
    ) -> Result<AccessGrantPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RevokeAccess)?;
        let id = AccessGrantId(GlobalId::of::<access_grant::Entity>(&input.id)?);
        granting::revoke(op, id, input.version, &input.reason).await?;
        Ok(AccessGrantPayload::of(op, id))
    }
}
