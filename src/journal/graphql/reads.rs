//! What was read under grants, in the schema.

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
    const DOC: &'static str = "A request in which a client read figures under a grant: an entry of the audit log (lượt đọc theo quyền được cấp).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .value("sequence", "Its number in the audit log (số thứ tự trong nhật ký).", [C::Id], |id: i64| {
                i32::try_from(id).map_err(|_| Broken::new("more entries than a number has room for").into())
            })
            .column("at", "When (thời điểm).", C::At)
            .found::<access_grant::Entity, NoArgs>(
                "grant",
                "Under which grant (quyền truy cập).",
                C::Id,
                |op, ids, _| Box::pin(store::grants(op, ids)),
            )
            .column("requestId", "In which request, as `extensions.requestId` told (mã yêu cầu).", C::RequestId)
            .computed_list::<Figures, NoArgs>(
                "figures",
                "What was read: how many figures of which indicators and areas (số liệu đã đọc).",
                C::Id,
                |op, ids, _| Box::pin(store::figures(op, ids)),
            )
    }
}

impl Shape for Figures {
    const NAME: &'static str = "GrantReadFigures";
    const DOC: &'static str = "How many figures of an indicator and an area were read (số lượng số liệu đã đọc).";
    fn declare(o: Shaped<Self>) -> Shaped<Self> {
        o.must::<indicator::Entity>("indicator", "Of which indicator (chỉ tiêu).", |read| Some(read.indicator))
            .must::<unit_version::Entity>("area", "Of which area, as it was last (địa bàn).", |read| Some(read.area))
            .value(
                "count",
                "How many figures, each counted once in its request; those that an answer was worked out of included (số lượng).",
                |read| read.count,
            )
    }
}

/// Which reads.
#[derive(InputObject)]
struct GrantReadFilter {
    /// By these clients, by `clientId` (hệ thống tích hợp).
    clients: Option<Vec<String>>,
    /// Under these grants (quyền truy cập).
    grants: Option<Vec<ID>>,
    /// From this instant on (từ).
    from: Option<DateTime>,
    /// Before this instant (đến).
    to: Option<DateTime>,
}

/// The arguments of the list of reads.
#[derive(InputObject)]
struct GrantReads {
    /// Which of them.
    filter: Option<GrantReadFilter>,
}

impl Args for GrantReads {}

impl Listing for GrantReads {
    fn condition(&self, op: &Op) -> Condition {
        let Some(filter) = &self.filter else { return Condition::all() };
        // What was never given out names no grant.
        let ids = |ids: &Vec<ID>| -> Vec<i64> {
            ids.iter().filter_map(|id| GlobalId::of::<access_grant::Entity>(id).ok()).collect()
        };
        Condition::all()
            .add_option(filter.clients.as_ref().map(|clients| store::by(op, clients)))
            .add_option(filter.grants.as_ref().map(|grants| store::under(op, &ids(grants))))
            .add(store::within(filter.from.map(|at| at.0), filter.to.map(|at| at.0)))
    }
}

/// The root fields of what was read under grants.
pub fn roots(roots: Roots) -> Roots {
    roots
        .page::<grant_read::Entity, GrantReads>(
            "grantReads",
            "What clients have read under the grants that the caller sees in `accessGrants`, oldest first, as far back as the audit log is kept in the database; for registrars, security officers and administrators, and for a client with the scope observation:read, which sees what it read itself (lịch sử đọc theo quyền được cấp).",
        )
        .asks(Action::ReadGrantReads)
}
