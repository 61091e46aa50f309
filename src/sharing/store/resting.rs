//! What links and agreements rest on, as a day finds it: what has expired, and what a link that operates lacks.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    agreement::{self, Column as A},
    agreement_basis,
    data_link::{self, Column as L},
    data_link_basis,
    ids::AgreementId,
    information_system::{self, Column as S},
    kinds::{GrantStatus, LegalStatus, LinkNeed, LinkStatus},
    legal_document,
};
use sea_orm::{
    ColumnTrait, Condition, QueryFilter, QueryTrait,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use super::{
    agreement as agreements, detailed,
    link::{visible_links, with_status},
};
use crate::{
    citation,
    kernel::{error::Result, object::Key, op::Op},
    sharing::rules::life::{self, Has, OPERATING},
};

/// Agreements that rest on some legal documents.
fn agreements_on(laws: SelectStatement) -> Condition {
    use agreement_basis::Column;
    let rest = Query::select()
        .column(Column::AgreementId)
        .from(agreement_basis::Entity)
        .and_where(Expr::col(Column::DocumentId).in_subquery(laws))
        .to_owned();
    Condition::all().add(A::Id.in_subquery(rest))
}

/// Links that rest on some legal documents themselves.
fn links_on(laws: SelectStatement) -> Condition {
    use data_link_basis::Column;
    let rest = Query::select()
        .column(Column::LinkId)
        .from(data_link_basis::Entity)
        .and_where(Expr::col(Column::DocumentId).in_subquery(laws))
        .to_owned();
    Condition::all().add(L::Id.in_subquery(rest))
}

/// Links that rest on some agreements. Never unknown, though a link may rest on none: so that it can be turned round.
fn links_under(mut agreements: SelectStatement) -> Condition {
    agreements.clear_selects().expr(Expr::col((agreement::Entity, A::Id)));
    Condition::all().add(L::AgreementId.is_not_null()).add(L::AgreementId.in_subquery(agreements))
}

/// Agreements that rest on a legal document that has expired by a day.
pub fn agreements_on_expired(on: NaiveDate) -> Condition {
    agreements_on(citation::store::expired(on))
}

/// Links that rest on a legal document that has expired today, themselves or by an agreement that the caller sees, whether or not their
/// own life is over.
pub fn links_on_expired(op: &Op) -> Condition {
    let agreements = agreements::visible_agreements(op).filter(agreements_on_expired(op.today()));
    let themselves = links_on(citation::store::expired(op.today()));
    Condition::any().add(themselves).add(links_under(agreements.into_query()))
}

/// Links that rest on an agreement that the caller sees.
pub fn links_of_agreement(op: &Op, id: AgreementId) -> Condition {
    links_under(agreements::visible_agreements(op).filter(A::Id.eq(id)).into_query())
}

/// Links of which the caller sees that they should have been decided before today, and were not; or sees that they should not.
pub fn decision_overdue(op: &Op, overdue: bool) -> Condition {
    let late = Condition::all()
        .add(with_status(op, &[LinkStatus::Requested, LinkStatus::UnderReview]))
        .add(L::DecisionDueOn.is_not_null())
        .add(L::DecisionDueOn.lt(op.today()));
    Condition::all().add(detailed(op)).add(if overdue { late } else { late.not() })
}

/// Links that have something to rest on: an agreement that binds today while a law of its is in force, or a legal document in force.
fn grounded(today: NaiveDate) -> Condition {
    let in_force = || {
        let standing = citation::store::standing(LegalStatus::InForce, today);
        Query::select().column(legal_document::Column::Id).from(legal_document::Entity).cond_where(standing).to_owned()
    };
    let binding = Query::select()
        .from(agreement::Entity)
        .cond_where(agreements::agreements_with(&[GrantStatus::Active], today))
        .cond_where(agreements_on(in_force()))
        .to_owned();
    Condition::any().add(links_on(in_force())).add(links_under(binding))
}

/// Links of which a system has an approved level of information security.
fn approved(system: L) -> Condition {
    let approved = Query::select()
        .column(S::Id)
        .from(information_system::Entity)
        .and_where(Expr::col(S::SecurityLevelApproved).eq(true))
        .to_owned();
    Condition::all().add(system.in_subquery(approved))
}

/// Links that have a last day that is not over, or a reason for having none.
fn ends(today: NaiveDate) -> Condition {
    let last = Condition::all().add(L::ExpiresOn.is_not_null()).add(L::ExpiresOn.gte(today));
    let endless = Condition::all().add(L::ExpiresOn.is_null()).add(L::NoExpiryReason.is_not_null());
    Condition::any().add(last).add(endless)
}

/// Links of which the caller sees that they operate.
fn operating(op: &Op) -> Condition {
    Condition::all().add(with_status(op, &OPERATING)).add(detailed(op))
}

/// Links that operate and lack any of these, as [`life::needs`] says of a link.
pub fn lacking(op: &Op, needs: &[LinkNeed]) -> Condition {
    let had = |need: &LinkNeed| match need {
        LinkNeed::Ground => grounded(op.today()),
        LinkNeed::SourceApproval => approved(L::SourceSystemId),
        LinkNeed::TargetApproval => approved(L::TargetSystemId),
        LinkNeed::LastDay => ends(op.today()),
    };
    let any = needs.iter().fold(Condition::any().add(Expr::val(false)), |any, need| any.add(had(need).not()));
    operating(op).add(any)
}

/// What some links lack, of those that operate.
pub async fn visible_needs(op: &Op, links: &[i64]) -> Result<HashMap<i64, Vec<LinkNeed>>> {
    let some = op.among(L::Id, links.iter().copied().map(Key::Int));
    let mut query = visible_links(op).filter(some).filter(operating(op)).into_query();
    let its = |column: L| Expr::col((data_link::Entity, column));
    query
        .clear_selects()
        .expr(its(L::Id))
        .expr(its(L::Intermediary))
        .expr(grounded(op.today()))
        .expr(approved(L::SourceSystemId))
        .expr(approved(L::TargetSystemId))
        .expr(its(L::ExpiresOn))
        .expr(its(L::NoExpiryReason).is_not_null());
    let mut lacking = HashMap::new();
    for row in op.rows(&query).await? {
        let has = Has {
            intermediary: row.try_get_by_index(1)?,
            grounded: row.try_get_by_index(2)?,
            source_approved: row.try_get_by_index(3)?,
            target_approved: row.try_get_by_index(4)?,
            expires_on: row.try_get_by_index(5)?,
            endless: row.try_get_by_index(6)?,
        };
        lacking.insert(row.try_get_by_index(0)?, life::needs(has, op.today()));
    }
    Ok(lacking)
}

/// Which of some links rest on a legal document that has expired today, as [`links_on_expired`] says.
pub async fn visible_links_on_expired(op: &Op, links: &[i64]) -> Result<Vec<i64>> {
    let rows = super::link::visible_rows(op, links, links_on_expired(op)).await?;
    Ok(rows.into_iter().map(|row| row.id.0).collect())
}

/// Which of some agreements rest on a legal document that has expired today.
pub async fn visible_agreements_on_expired(op: &Op, ids: &[i64]) -> Result<Vec<i64>> {
    let some = op.among(A::Id, ids.iter().copied().map(Key::Int));
    let on_expired = agreements_on_expired(op.today());
    let rows = op.find(agreements::visible_agreements(op).filter(some).filter(on_expired)).await?;
    Ok(rows.into_iter().map(|row| row.id.0).collect())
}
