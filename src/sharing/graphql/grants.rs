//! The GraphQL list of access grants: which client could read which data, and when.

use async_graphql::InputObject;
use entity::{access_grant, kinds::GrantStatus};
use sea_orm::Condition;

use crate::{
    kernel::{
        error::Refusal,
        object::{Args, Roots},
        op::Op,
        page::Listing,
        scalar::{Date, DateTime},
    },
    sharing::store::looking as store,
    territory,
};

/// A filter on access grants. All given conditions must hold.
#[derive(InputObject)]
struct AccessGrantFilter {
    /// Grants that name one of these indicators, by code (chỉ tiêu).
    indicators: Option<Vec<String>>,
    /// Grants that open one of these areas, by code: every unit that ever held the code. A grant matches if it names the unit or a unit that was formed from it (địa bàn).
    areas: Option<Vec<String>>,
    /// Grants to these API clients, by `clientId` (hệ thống tích hợp).
    clients: Option<Vec<String>>,
    /// Grants with one of these statuses now, computed from their own times (trạng thái).
    statuses: Option<Vec<GrantStatus>>,
    /// Grants under which the client could read at some time on this day (UTC+7): the grant and its agreement both applied and were
    /// not yet revoked. A revoked client is not considered; see the client itself (ngày).
    on: Option<Date>,
    /// Grants under which the client could read at this instant (thời điểm).
    at: Option<DateTime>,
}

/// Arguments of `accessGrants`.
#[derive(InputObject)]
struct AccessGrants {
    /// Which grants to list; all by default (bộ lọc).
    filter: Option<AccessGrantFilter>,
}

impl Args for AccessGrants {
    fn settle(&mut self, _: &Op) -> Result<(), Refusal> {
        territory::graphql::check_areas("filter.areas", self.filter.as_ref().and_then(|filter| filter.areas.as_ref()))
    }
}

impl Listing for AccessGrants {
    fn condition(&self, op: &Op) -> Condition {
        let Some(filter) = &self.filter else { return Condition::all() };
        Condition::all()
            .add_option(filter.indicators.as_ref().map(|codes| store::of_indicators(op, codes)))
            .add_option(filter.areas.as_ref().map(|codes| store::of_areas(op, codes)))
            .add_option(filter.clients.as_ref().map(|clients| store::of_clients(op, clients)))
            .add_option(filter.statuses.as_ref().map(|statuses| store::with(statuses, op.now())))
            .add_option(filter.on.map(|day| store::open_on(day.0)))
            .add_option(filter.at.map(|at| store::open_at(at.0)))
    }
}

/// Adds the root field `accessGrants`.
pub fn roots(roots: Roots) -> Roots {
    roots.page::<access_grant::Entity, AccessGrants>(
        "accessGrants",
        "Access grants, including expired and revoked ones. The caller sees grants under agreements of agencies in their area, and all grants that open observations of their area. An API client sees its own grants; anonymous callers see none (danh sách quyền truy cập).",
    )
}
