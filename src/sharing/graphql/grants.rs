//! The list of grants in the schema: who could read what, when.

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

/// Which grants.
#[derive(InputObject)]
struct AccessGrantFilter {
    /// That name one of these indicators, by code (chỉ tiêu).
    indicators: Option<Vec<String>>,
    /// That open one of these areas, by code: every unit that ever held it, named itself or a part of what is named (địa bàn).
    areas: Option<Vec<String>>,
    /// Of these clients, by `clientId` (hệ thống tích hợp).
    clients: Option<Vec<String>>,
    /// Where they stand now by their own times (trạng thái).
    statuses: Option<Vec<GrantStatus>>,
    /// Under which the client could read at some time of this day: the grant and its agreement held, and were not revoked by then.
    /// Whether the client itself was revoked is told by the client (ngày).
    on: Option<Date>,
    /// Under which the client could read at this instant (thời điểm).
    at: Option<DateTime>,
}

/// The arguments of the list of grants.
#[derive(InputObject)]
struct AccessGrants {
    /// Which of them.
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

/// The root field of grants.
pub fn roots(roots: Roots) -> Roots {
    roots.page::<access_grant::Entity, AccessGrants>(
        "accessGrants",
        "Who may read what, and who could: grants under agreements of the caller's area, and all that open figures of it, whoever gave them, those that are over or were revoked included; a client sees its own, strangers none (danh sách quyền truy cập).",
    )
}
