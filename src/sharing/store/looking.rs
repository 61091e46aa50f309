//! Which grants are looked for: by what they name, and by when they opened it.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use entity::{
    access_grant::{self, Column as G},
    agreement::{self, Column as A},
    api_client, grant_indicator,
    kinds::GrantStatus,
    unit_lineage,
};
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Expr, ExprTrait, Query},
};

use crate::{
    identity, indicator,
    kernel::{clock::day_of, object::texts, op::Op},
    territory,
};

/// Grants that name one of some indicators.
pub fn of_indicators(op: &Op, codes: &[String]) -> Condition {
    use grant_indicator::Column;
    let named = Query::select()
        .column(Column::GrantId)
        .from(grant_indicator::Entity)
        .and_where(Expr::col(Column::IndicatorId).in_subquery(indicator::store::coded(op, codes)))
        .to_owned();
    Condition::all().add(G::Id.in_subquery(named))
}

/// Grants that open one of some areas: they name it, or what it became part of.
pub fn of_areas(op: &Op, codes: &[String]) -> Condition {
    let units = territory::store::areas(op, codes, None);
    let ancestor = Expr::col((unit_lineage::Entity, unit_lineage::Column::AncestorId)).in_subquery(units);
    Condition::all().add(G::Id.in_subquery(identity::store::grants_of_units(ancestor)))
}

/// Grants of some clients.
pub fn of_clients(op: &Op, clients: &[String]) -> Condition {
    use api_client::Column;
    let clients = Query::select()
        .column(Column::Id)
        .from(api_client::Entity)
        .and_where(op.among(Column::ClientId, texts(clients)))
        .to_owned();
    Condition::all().add(G::ClientId.in_subquery(clients))
}

/// Grants that stand so by their own times.
pub fn with(statuses: &[GrantStatus], now: DateTime<Utc>) -> Condition {
    let status = |status: &GrantStatus| {
        let standing = Condition::all().add(G::RevokedAt.is_null());
        match status {
            GrantStatus::Revoked => Condition::all().add(G::RevokedAt.is_not_null()),
            GrantStatus::Expired => standing.add(G::ValidTo.lte(now)),
            GrantStatus::Pending => standing.add(G::ValidTo.gt(now)).add(G::ValidFrom.gt(now)),
            GrantStatus::Active => standing.add(G::ValidTo.gt(now)).add(G::ValidFrom.lte(now)),
        }
    };
    statuses.iter().map(status).fold(Condition::any().add(Expr::val(false)), Condition::add)
}

/// Grants that opened something at some time of a day.
pub fn open_on(day: NaiveDate) -> Condition {
    // A day is a day in Việt Nam.
    let begins = day.and_time(NaiveTime::MIN).and_utc() - Duration::hours(7);
    open_between(begins, begins + Duration::days(1), day)
}

/// Grants that opened something at an instant.
pub fn open_at(at: DateTime<Utc>) -> Condition {
    open_between(at, at + Duration::microseconds(1), day_of(at))
}

/// Grants that opened something at some time between two instants of a day: whatever began had begun before anything ended.
fn open_between(from: DateTime<Utc>, before: DateTime<Utc>, day: NaiveDate) -> Condition {
    let its = |column: G| Expr::col((access_grant::Entity, column));
    let agreed = |column: A| Expr::col((agreement::Entity, column));
    let begin = [its(G::ValidFrom), agreed(A::ActivatedAt), Expr::val(from)];
    let end = [its(G::ValidTo), its(G::RevokedAt), agreed(A::RevokedAt), Expr::val(before)];
    let mut held = Condition::all()
        .add(agreed(A::Id).eq(its(G::AgreementId)))
        .add(agreed(A::ValidFrom).lte(day))
        .add(Condition::any().add(agreed(A::ValidTo).is_null()).add(agreed(A::ValidTo).gte(day)));
    for begin in &begin {
        for end in &end {
            // Without an end it is not over: only what was revoked has one.
            held = held.add(Condition::any().add(end.clone().is_null()).add(begin.clone().lt(end.clone())));
        }
    }
    let agreement = Query::select().expr(Expr::val(1)).from(agreement::Entity).cond_where(held).to_owned();
    Condition::all().add(Expr::exists(agreement))
}
