//! GraphQL types for agreements and access grants.

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
    const DOC: &'static str = "An agreement between two agencies: one provides data, the other consumes it, for a stated purpose, on a legal basis, for a period (thoả thuận chia sẻ dữ liệu).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_agreements(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .node()
            .column("number", "The agreement's number, as printed. It is unique between its provider and its consumer (số).", A::Number)
            .one::<agency::Entity>("provider", "The agency that provides the data (bên cung cấp).", A::ProviderId)
            .one::<agency::Entity>("consumer", "The agency that consumes the data (bên khai thác).", A::ConsumerId)
            .column("purpose", "The purpose of the sharing (mục đích).", A::Purpose)
            .list::<legal_document::Entity>(
                "legalBasis",
                "The legal documents that the agreement is based on, in the order in which they were recorded (căn cứ pháp lý).",
                A::Id,
                || {
                    use agreement_basis::Column as Basis;
                    Link::through(Basis::AgreementId, Basis::DocumentId, legal_document::Column::Id)
                },
                Order::by_key,
            )
            .computed_value(
                "restsOnExpired",
                "True if at least one document in `legalBasis` is no longer in force today (có căn cứ hết hiệu lực).",
                A::Id,
                resting::agreements_on_expired,
            )
            .column("validFrom", "The first day on which the agreement applies (hiệu lực từ).", A::ValidFrom)
            .column("validTo", "The expiry date: the last day on which the agreement applies. Null means that it has no end (hiệu lực đến).", A::ValidTo)
            .value_today(
                "status",
                "Status today. PENDING until the agreement is activated and `validFrom` has come; EXPIRED from the day after `validTo` (trạng thái).",
                [A::ActivatedAt, A::RevokedAt, A::ValidFrom, A::ValidTo],
                |today: &NaiveDate,
                 activated: Option<DateTime<Utc>>,
                 revoked: Option<DateTime<Utc>>,
                 from: NaiveDate,
                 to: Option<NaiveDate>| {
                    Word(rules::agreement_status(activated.is_some(), revoked.is_some(), from, to, *today))
                },
            )
            .column("revokedAt", "When the agreement was revoked; null if it was not (thu hồi lúc).", A::RevokedAt)
            .column("revokedBy", "Who revoked the agreement, as `user:` with a user name; null if it was not revoked (người thu hồi).", A::RevokedBy)
            .column("revokeReason", "The reason for revoking the agreement; null if it was not revoked (lý do thu hồi).", A::RevokeReason)
            .page::<access_grant::Entity, NoArgs>(
                "grants",
                "Access grants under this agreement, including expired and revoked ones (quyền truy cập).",
                A::Id,
                |_| Link::column(G::AgreementId),
            )
            .column("version", "The version number, incremented by each change. Updates must state the expected version (phiên bản).", A::Version)
    }
}

impl Noun for access_grant::Entity {
    const NAME: &'static str = "AccessGrant";
    const DOC: &'static str = "The right of one API client to read SHARED and PRIVATE observations of named indicators and areas, under an agreement, for a period (quyền truy cập).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_grants(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .node()
            .one::<agreement::Entity>("agreement", "The agreement that the grant was given under (thoả thuận).", G::AgreementId)
            .one::<api_client::Entity>("client", "The API client that may read (hệ thống tích hợp).", G::ClientId)
            .list::<indicator::Entity>(
                "indicators",
                "The indicators that the client may read (chỉ tiêu).",
                G::Id,
                || {
                    use grant_indicator::Column as Of;
                    Link::through(Of::GrantId, Of::IndicatorId, indicator::Column::Id)
                },
                Order::by_key,
            )
            .list::<unit_version::Entity>(
                "areas",
                "The areas that the client may read, each in its newest version. An area includes the units that it was formed from (địa bàn).",
                G::Id,
                store::areas_of_grants,
                Order::by_key,
            )
            .column("purpose", "The purpose of the access (mục đích).", G::Purpose)
            .column("validFrom", "When the grant begins (hiệu lực từ).", G::ValidFrom)
            .column("validTo", "When the grant ends, exclusive (hiệu lực đến).", G::ValidTo)
            .value_now(
                "status",
                "Status now, computed from the grant's own times. The client can read only while the agreement is ACTIVE too (trạng thái).",
                [G::ValidFrom, G::ValidTo, G::RevokedAt],
                |now: &DateTime<Utc>, from: DateTime<Utc>, to: DateTime<Utc>, revoked: Option<DateTime<Utc>>| {
                    Word(rules::grant_status(from, to, revoked.is_some(), *now))
                },
            )
            .column("revokedAt", "When the grant was revoked; null if it was not (thu hồi lúc).", G::RevokedAt)
            .column("revokedBy", "Who revoked the grant, as `user:` with a user name; null if it was not revoked (người thu hồi).", G::RevokedBy)
            .column("revokeReason", "The reason for revoking the grant; null if it was not revoked (lý do thu hồi).", G::RevokeReason)
            .column("version", "The version number, incremented by each change. `revokeAccess` may state the expected version (phiên bản).", G::Version)
    }
}

/// A filter on agreements. All given conditions must hold.
#[derive(InputObject)]
struct AgreementFilter {
    /// Agreements with one of these statuses today (trạng thái).
    statuses: Option<Vec<GrantStatus>>,
    /// Agreements with one of these agencies, by code, as provider or consumer (cơ quan).
    agencies: Option<Vec<String>>,
    /// Agreements whose `validFrom` to `validTo` includes this day, whether or not they were activated or revoked (ngày).
    on: Option<Date>,
    /// True: agreements whose legal basis includes a document that has expired. False: the others. Agreements that are themselves over are included (căn cứ hết hiệu lực).
    rests_on_expired: Option<bool>,
}

/// Arguments of `agreements`.
#[derive(InputObject)]
pub struct Agreements {
    /// Which agreements to list; all by default (bộ lọc).
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
