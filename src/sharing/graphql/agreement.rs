//! Agreements and grants in the schema.

use async_graphql::InputObject;
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    access_grant::{self, Column as G},
    agency,
    agreement::{self, Column as A},
    agreement_basis, api_client, grant_indicator, indicator,
    kinds::GrantStatus,
    legal_document, unit_version,
};
use sea_orm::{Condition, Select};

use super::resting;
use crate::{
    kernel::{
        object::{Args, Declare, Link, NoArgs, Noun, Word},
        op::Op,
        page::{Listing, Order},
        scalar::Date,
    },
    sharing::{
        rules,
        store::{agreement as store, resting as resting_store},
    },
};

impl Noun for agreement::Entity {
    const NAME: &'static str = "Agreement";
    const DOC: &'static str = "What a provider and a consumer of data have agreed on: for a purpose, on a legal basis, for a time (thoả thuận chia sẻ dữ liệu).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_agreements(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .node()
            .column("number", "Its number, as printed (số).", A::Number)
            .one::<agency::Entity>("provider", "The body that provides (bên cung cấp).", A::ProviderId)
            .one::<agency::Entity>("consumer", "The body that consumes (bên khai thác).", A::ConsumerId)
            .column("purpose", "What for (mục đích).", A::Purpose)
            .list::<legal_document::Entity>(
                "legalBasis",
                "The legal documents that it rests on (căn cứ pháp lý).",
                A::Id,
                || {
                    use agreement_basis::Column as Basis;
                    Link::through(Basis::AgreementId, Basis::DocumentId, legal_document::Column::Id)
                },
                Order::by_key,
            )
            .computed_value(
                "restsOnExpired",
                "Whether any of them is no longer in force today (có căn cứ hết hiệu lực).",
                A::Id,
                resting::agreements_on_expired,
            )
            .column("validFrom", "Its first day (hiệu lực từ).", A::ValidFrom)
            .column("validTo", "Its last day, inclusive; null: without an end (hiệu lực đến).", A::ValidTo)
            .value_today(
                "status",
                "Where it stands today: PENDING until it is activated and its first day has come (trạng thái).",
                [A::ActivatedAt, A::RevokedAt, A::ValidFrom, A::ValidTo],
                |today: &NaiveDate,
                 activated: Option<DateTime<Utc>>,
                 revoked: Option<DateTime<Utc>>,
                 from: NaiveDate,
                 to: Option<NaiveDate>| {
                    Word(rules::agreement_status(activated.is_some(), revoked.is_some(), from, to, *today))
                },
            )
            .column("revokedAt", "When it was revoked (thu hồi lúc).", A::RevokedAt)
            .column("revokedBy", "By whom (người thu hồi).", A::RevokedBy)
            .column("revokeReason", "Why (lý do thu hồi).", A::RevokeReason)
            .page::<access_grant::Entity, NoArgs>(
                "grants",
                "What it lets clients read (quyền truy cập).",
                A::Id,
                |_| Link::column(G::AgreementId),
            )
            .column("version", "Counts its changes; updates name the one they have seen.", A::Version)
    }
}

impl Noun for access_grant::Entity {
    const NAME: &'static str = "AccessGrant";
    const DOC: &'static str = "A client's right to read figures of some indicators and areas, SHARED and PRIVATE ones, under an agreement, for a time (quyền truy cập).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_grants(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .node()
            .one::<agreement::Entity>("agreement", "Under which agreement (thoả thuận).", G::AgreementId)
            .one::<api_client::Entity>("client", "Whose right it is (hệ thống tích hợp).", G::ClientId)
            .list::<indicator::Entity>(
                "indicators",
                "Of which indicators (chỉ tiêu).",
                G::Id,
                || {
                    use grant_indicator::Column as Of;
                    Link::through(Of::GrantId, Of::IndicatorId, indicator::Column::Id)
                },
                Order::by_key,
            )
            .list::<unit_version::Entity>(
                "areas",
                "Of which areas (địa bàn).",
                G::Id,
                store::areas_of_grants,
                Order::by_key,
            )
            .column("purpose", "What for (mục đích).", G::Purpose)
            .column("validFrom", "From when on (hiệu lực từ).", G::ValidFrom)
            .column("validTo", "Until when, exclusive (hiệu lực đến).", G::ValidTo)
            .value_now(
                "status",
                "Where it stands now by its own times; it opens something only while its agreement is ACTIVE too (trạng thái).",
                [G::ValidFrom, G::ValidTo, G::RevokedAt],
                |now: &DateTime<Utc>, from: DateTime<Utc>, to: DateTime<Utc>, revoked: Option<DateTime<Utc>>| {
                    Word(rules::grant_status(from, to, revoked.is_some(), *now))
                },
            )
            .column("revokedAt", "When it was revoked (thu hồi lúc).", G::RevokedAt)
            .column("revokedBy", "By whom (người thu hồi).", G::RevokedBy)
            .column("revokeReason", "Why (lý do thu hồi).", G::RevokeReason)
            .column("version", "Counts its changes; to revoke it, name the one you have seen.", G::Version)
    }
}

/// Which agreements.
#[derive(InputObject)]
struct AgreementFilter {
    /// Where they stand today (trạng thái).
    statuses: Option<Vec<GrantStatus>>,
    /// Of these bodies, by code, on either side (cơ quan).
    agencies: Option<Vec<String>>,
    /// Whose days hold this one (ngày).
    on: Option<Date>,
    /// Those that rest on a legal document that has expired, or those that do not, whether or not they are over themselves (căn cứ hết hiệu lực).
    rests_on_expired: Option<bool>,
}

/// The arguments of the list of agreements.
#[derive(InputObject)]
pub struct Agreements {
    /// Which of them.
    filter: Option<AgreementFilter>,
}

impl Args for Agreements {}

impl Listing for Agreements {
    fn condition(&self, op: &Op) -> Condition {
        let Some(filter) = &self.filter else { return Condition::all() };
        let expired = |yes| {
            let rests = resting_store::agreements_on_expired(op.today());
            if yes { rests } else { rests.not() }
        };
        Condition::all()
            .add_option(filter.statuses.as_ref().map(|statuses| store::agreements_with(statuses, op.today())))
            .add_option(filter.agencies.as_ref().map(|codes| store::agreements_of(op, codes)))
            .add_option(filter.on.map(|day| store::agreements_on(day.0)))
            .add_option(filter.rests_on_expired.map(expired))
    }
}
