//! Reads under grants, in the schema.

use async_graphql::{ID, InputObject};
use entity::{
    access_grant,
    grant_read::{self, Column as C},
    indicator, unit_version,
};
use sea_orm::{Condition, Select};

use crate::{
    journal::{reads::Figures, store::reads as store},
    kernel::{
        error::Broken,
        object::{Args, Declare, GlobalId, NoArgs, Noun, Roots, Shape, Shaped},
        op::Op,
        page::Listing,
        policy::Action,
        scalar::DateTime,
    },
};

impl Noun for grant_read::Entity {
    const NAME: &'static str = "GrantRead";
    const DOC: &'static str = "A request in which a client read observations under a grant, as recorded in the audit log (lượt đọc theo quyền được cấp).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .value(
                "sequence",
                "Number of the entry in the audit log (số thứ tự trong nhật ký).",
                [C::Id],
                |id: i64| i32::try_from(id).map_err(|_| Broken::new("more entries than a number has room for").into()),
            )
            .column("at", "When the observations were read (thời điểm).", C::At)
            .found::<access_grant::Entity, NoArgs>(
                "grant",
                "The grant that allowed the read (quyền truy cập).",
                C::Id,
                |op, ids, _| Box::pin(store::grants(op, ids)),
            )
            .column("requestId", "Id of the request, as in `extensions.requestId` (mã yêu cầu).", C::RequestId)
            .computed_list::<Figures, NoArgs>(
                "figures",
                "How many observations were read, by indicator and area (số liệu đã đọc).",
                C::Id,
                |op, ids, _| Box::pin(store::figures(op, ids)),
            )
    }
}

impl Shape for Figures {
    const NAME: &'static str = "GrantReadFigures";
    const DOC: &'static str = "How many observations of one indicator and area were read (số lượng số liệu đã đọc).";
    fn declare(o: Shaped<Self>) -> Shaped<Self> {
        o.must::<indicator::Entity>("indicator", "The indicator (chỉ tiêu).", |read| Some(read.indicator))
            .must::<unit_version::Entity>("area", "The area, in its newest version (địa bàn).", |read| Some(read.area))
            .value(
                "count",
                "How many observations, each counted once a request; includes those that a computed value was derived from (số lượng).",
                |read| read.count,
            )
    }
}

/// Conditions on reads under grants; all that are given must hold.
#[derive(InputObject)]
struct GrantReadFilter {
    /// By one of these API clients, by `clientId` (hệ thống tích hợp).
    clients: Option<Vec<String>>,
    /// Under one of these grants, by id (quyền truy cập).
    grants: Option<Vec<ID>>,
    /// At or after this instant (từ).
    from: Option<DateTime>,
    /// Before this instant (đến).
    to: Option<DateTime>,
}

/// The arguments of the list of reads.
#[derive(InputObject)]
struct GrantReads {
    /// Which reads to return; all by default.
    filter: Option<GrantReadFilter>,
}

impl Args for GrantReads {}

impl Listing for GrantReads {
    fn condition(&self, op: &Op) -> Condition {
        let Some(filter) = &self.filter else { return Condition::all() };
        // An id of another type matches no grant.
        let ids = |ids: &Vec<ID>| -> Vec<i64> {
            ids.iter().filter_map(|id| GlobalId::of::<access_grant::Entity>(id).ok()).collect()
        };
        Condition::all()
            .add_option(filter.clients.as_ref().map(|clients| store::by(op, clients)))
            .add_option(filter.grants.as_ref().map(|grants| store::under(op, &ids(grants))))
            .add(store::within(filter.from.map(|at| at.0), filter.to.map(|at| at.0)))
    }
}

/// The root fields of reads under grants.
pub fn roots(roots: Roots) -> Roots {
    roots
        .page::<grant_read::Entity, GrantReads>(
            "grantReads",
            "Reads by API clients under the grants that the caller sees in `accessGrants`, oldest first, as far back as the database keeps the audit log. For registrars, security officers and administrators; a client with the scope observation:read sees its own reads (lịch sử đọc theo quyền được cấp).",
        )
        .asks(Action::ReadGrantReads)
}
