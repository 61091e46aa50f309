//! What grants open: figures of the indicators and areas that an agreement lets a client read.

use entity::{
    access_grant::{self, Column as G},
    agreement::{self, Column as A},
    grant_area, grant_indicator,
    ids::ApiClientId,
    observation::Column as C,
    unit_lineage,
};
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use super::its;
use crate::kernel::op::Op;

/// Rows of figures, under any name, that a client's grants open now. Of one statement it is one list, whatever the rows.
pub(super) fn opened(op: &Op, client: ApiClientId, table: &'static str) -> Expr {
    let mut pairs = pairs();
    // Revoked is revoked, whatever the clock of the instance that did it said.
    let revoked = Condition::any().add(G::RevokedAt.is_not_null()).add(A::RevokedAt.is_not_null());
    pairs.cond_where(holding(op, client)).cond_where(revoked.not());
    Expr::tuple([its(table, C::IndicatorId), its(table, C::AreaId)]).in_subquery(pairs)
}

/// The grants of a client that hold at this instant, unless they, or their agreements, were revoked.
fn holding(op: &Op, client: ApiClientId) -> Condition {
    let (now, today) = (op.now(), op.today());
    Condition::all()
        .add(G::ClientId.eq(client))
        .add(G::ValidFrom.lte(now))
        .add(G::ValidTo.gt(now))
        .add(A::ActivatedAt.is_not_null())
        .add(A::ValidFrom.lte(today))
        .add(Condition::any().add(A::ValidTo.is_null()).add(A::ValidTo.gte(today)))
}

/// The indicators and units that grants name, with all that each unit came from: a row for each.
pub fn pairs() -> SelectStatement {
    let on = |one: Expr, other: Expr| Condition::all().add(one.eq(other));
    let grant = || Expr::col((access_grant::Entity, G::Id));
    let mut pairs = Query::select();
    pairs
        .column((grant_indicator::Entity, grant_indicator::Column::IndicatorId))
        .column((unit_lineage::Entity, unit_lineage::Column::AncestorId))
        .from(access_grant::Entity)
        .inner_join(
            agreement::Entity,
            on(Expr::col((agreement::Entity, A::Id)), Expr::col((access_grant::Entity, G::AgreementId))),
        )
        .inner_join(
            grant_indicator::Entity,
            on(Expr::col((grant_indicator::Entity, grant_indicator::Column::GrantId)), grant()),
        )
        .inner_join(grant_area::Entity, on(Expr::col((grant_area::Entity, grant_area::Column::GrantId)), grant()))
        .inner_join(
            unit_lineage::Entity,
            on(
                Expr::col((unit_lineage::Entity, unit_lineage::Column::UnitId)),
                Expr::col((grant_area::Entity, grant_area::Column::UnitId)),
            ),
        );
    pairs
}
