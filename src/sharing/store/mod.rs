//! The rows of systems, relations, uses and links.

pub mod agreement;
pub mod covering;
pub mod grant;
pub mod link;
pub mod looking;
pub mod resting;

use chrono::{Days, NaiveDate};
use entity::{
    data_link::{self, Column as L},
    ids::{AgencyId, DataLinkId, InformationSystemId, LegalDocumentId, SourceId, UnitId},
    information_system::{self, Column as S},
    kinds::{SystemRelationKind, SystemUseKind},
    link_transition, system_relation, system_use,
    text_list::TextList,
    unit_lineage,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, Select,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, UnionType},
};

pub use link::visible_links;

use crate::{
    kernel::{
        error::Result,
        object::{Key, Link, texts},
        op::Op,
        policy::{self, Places},
        text::{clean, searched, sort_key},
        tx::Tx,
    },
    sharing::{
        NewDataLink, NewSystemUse,
        rules::{each_once, endpoint},
        system::NewInformationSystem,
    },
    territory,
};

/// The systems that the caller sees: all are public.
pub fn visible_systems(_: &Op) -> Select<information_system::Entity> {
    information_system::Entity::find()
}

/// How systems relate, as far as the caller sees it: all of it.
pub fn visible_relations(_: &Op) -> Select<system_relation::Entity> {
    system_relation::Entity::find()
}

/// Uses of systems, as far as the caller sees them: all.
pub fn visible_uses(_: &Op) -> Select<system_use::Entity> {
    system_use::Entity::find()
}

/// Where a link lies: at both of its ends.
pub const LINK_AREAS: [L; 2] = [L::SourceAreaId, L::TargetAreaId];

/// The links of which the caller sees the details.
pub fn detailed(op: &Op) -> Condition {
    match policy::sees_link_details(op.caller()) {
        Places::Nowhere => Condition::all().add(Expr::val(false)),
        Places::Everywhere => Condition::all(),
        Places::Units(units) => {
            let lies = |area| op.among(area, units.iter().copied().map(Key::from));
            LINK_AREAS.into_iter().map(lies).fold(Condition::any(), Condition::add)
        }
    }
}

/// The steps of links that the caller sees: those of links of which the caller sees the details.
pub fn visible_transitions(op: &Op) -> Select<link_transition::Entity> {
    let links = Query::select().column(L::Id).from(data_link::Entity).cond_where(detailed(op)).to_owned();
    link_transition::Entity::find().filter(link_transition::Column::LinkId.in_subquery(links))
}

/// The system with a code.
pub fn system_by_code(op: &Op, code: &str) -> Select<information_system::Entity> {
    visible_systems(op).filter(S::Code.eq(clean(code)))
}

/// The link with a code.
pub fn link_by_code(op: &Op, code: &str) -> Select<data_link::Entity> {
    visible_links(op).filter(L::Code.eq(clean(code)))
}

/// A row of a table with two ends belongs to the rows at both.
fn either_end<C: ColumnTrait>(one: C, other: C, child: C) -> SelectStatement {
    let end = |end: C| {
        Query::select()
            .expr_as(Expr::col((end.entity_name(), end)), Alias::new("parent"))
            .expr_as(Expr::col((child.entity_name(), child)), Alias::new("child"))
            .from(end.entity_name())
            .to_owned()
    };
    let mut pairs = end(one);
    pairs.union(UnionType::All, end(other));
    pairs
}

/// How relations belong to a system: at either end.
pub fn relations_of_system() -> Link {
    use system_relation::Column as C;
    Link::pairs(either_end(C::FromId, C::ToId, C::Id), C::Id)
}

/// Each system with each link from it and to it, as `parent` and `child`.
pub fn pairs_of_systems() -> SelectStatement {
    either_end(L::SourceSystemId, L::TargetSystemId, L::Id)
}

/// How links belong to a system: at either end.
pub fn links_of_system() -> Link {
    Link::pairs(pairs_of_systems(), L::Id)
}

/// How links belong to a unit: by a system of its at either end, or of a unit that merged into it.
pub fn links_of_unit(include_predecessors: bool) -> Link {
    Link::pairs(pairs_of_units(include_predecessors), L::Id)
}

/// Each unit with each of its links, once, as `parent` and `child`.
pub fn pairs_of_units(include_predecessors: bool) -> SelectStatement {
    let ends = Alias::new("ends");
    let mut pairs = Query::select();
    pairs.distinct().expr_as(Expr::col((ends.clone(), Alias::new("child"))), Alias::new("child"));
    pairs.from_subquery(either_end(L::SourceSystemId, L::TargetSystemId, L::Id), ends.clone()).join(
        JoinType::InnerJoin,
        information_system::Entity,
        Expr::col((information_system::Entity, S::Id)).equals((ends, Alias::new("parent"))),
    );
    if include_predecessors {
        pairs
            .join(
                JoinType::InnerJoin,
                unit_lineage::Entity,
                Expr::col((unit_lineage::Entity, unit_lineage::Column::AncestorId))
                    .equals((information_system::Entity, S::AreaId)),
            )
            .expr_as(Expr::col((unit_lineage::Entity, unit_lineage::Column::UnitId)), Alias::new("parent"));
    } else {
        pairs.expr_as(Expr::col((information_system::Entity, S::AreaId)), Alias::new("parent"));
    }
    pairs
}

fn systems(condition: Condition) -> SelectStatement {
    Query::select().column(S::Id).from(information_system::Entity).cond_where(condition).to_owned()
}

fn at_either_end(op: &Op, systems: SelectStatement) -> Condition {
    let source = op.selected(L::SourceSystemId, systems.clone());
    Condition::any().add(source).add(op.selected(L::TargetSystemId, systems))
}

/// Links of systems with some codes.
pub fn links_with_systems(op: &Op, codes: &[String]) -> Condition {
    at_either_end(op, systems(op.among(S::Code, texts(codes)).into()))
}

/// Links of systems of some areas.
pub fn links_with_areas(op: &Op, codes: &[String], on: Option<NaiveDate>) -> Condition {
    at_either_end(op, systems(op.selected(S::AreaId, territory::store::areas(op, codes, on)).into()))
}

/// Links whose last day is today or within so many days, and whose life is not over.
pub fn expiring(op: &Op, within: u64) -> Condition {
    let last = op.today().checked_add_days(Days::new(within)).unwrap_or(NaiveDate::MAX);
    Condition::all().add(L::ExpiresOn.gte(op.today())).add(L::ExpiresOn.lte(last)).add(link::alive(op))
}

/// The id of the system with a code, as a transaction sees it.
pub async fn known_system(tx: &Tx, code: &str) -> Result<Option<information_system::Model>> {
    tx.first(information_system::Entity::find().filter(S::Code.eq(clean(code)))).await
}

/// The id of the link with a code, as a transaction sees it.
pub async fn known_link(tx: &Tx, code: &str) -> Result<Option<DataLinkId>> {
    Ok(tx.first(data_link::Entity::find().filter(L::Code.eq(clean(code)))).await?.map(|row| row.id))
}

/// Whether a relation is known.
pub async fn relation_known(
    tx: &Tx,
    from: InformationSystemId,
    to: InformationSystemId,
    kind: SystemRelationKind,
) -> Result<bool> {
    use system_relation::Column as C;
    let same =
        system_relation::Entity::find().filter(C::FromId.eq(from)).filter(C::ToId.eq(to)).filter(C::Kind.eq(kind));
    Ok(tx.first(same).await?.is_some())
}

/// Whether a use is known.
pub async fn use_known(tx: &Tx, system: InformationSystemId, agency: AgencyId, kind: SystemUseKind) -> Result<bool> {
    use system_use::Column as C;
    let same = system_use::Entity::find()
        .filter(C::SystemId.eq(system))
        .filter(C::AgencyId.eq(agency))
        .filter(C::Kind.eq(kind));
    Ok(tx.first(same).await?.is_some())
}

/// To what a system belongs.
#[derive(Default)]
pub struct Belongings {
    /// Its area.
    pub area: Option<UnitId>,
    /// Its owner.
    pub owner: Option<AgencyId>,
    /// Its operator.
    pub operator: Option<AgencyId>,
    /// The system that it belongs to.
    pub parent: Option<InformationSystemId>,
}

/// What a system is searched by.
fn system_texts(code: &str, names: [&str; 2], acronym: Option<&str>, aliases: &TextList) -> String {
    searched(code, names.into_iter().chain(acronym).chain(aliases.0.iter().map(String::as_str)))
}

/// A system, as a transaction sees it.
pub async fn system(tx: &Tx, id: InformationSystemId) -> Result<Option<information_system::Model>> {
    tx.first(information_system::Entity::find().filter(S::Id.eq(id))).await
}

/// Changes a system whose version is still this one; whether it was.
pub async fn change_system(
    tx: &Tx,
    before: &information_system::Model,
    after: information_system::Model,
) -> Result<bool> {
    let names = [after.name_vi.as_str(), &after.name_en];
    let row = information_system::ActiveModel {
        search: Set(system_texts(&after.code, names, after.acronym.as_deref(), &after.aliases)),
        name_sort: Set(sort_key(&after.name_vi)),
        name_vi: Set(after.name_vi),
        name_en: Set(after.name_en),
        acronym: Set(after.acronym),
        aliases: Set(after.aliases),
        kind: Set(after.kind),
        status: Set(after.status),
        scope: Set(after.scope),
        generic: Set(after.generic),
        area_id: Set(after.area_id),
        area_on: Set(after.area_on),
        owner_id: Set(after.owner_id),
        operator_id: Set(after.operator_id),
        parent_id: Set(after.parent_id),
        security_level: Set(after.security_level),
        security_level_approved: Set(after.security_level_approved),
        version: Set(before.version + 1),
        ..Default::default()
    };
    let update = information_system::Entity::update_many().set(row).filter(S::Id.eq(before.id));
    Ok(tx.update(update.filter(S::Version.eq(before.version))).await? == 1)
}

/// Writes a system.
pub async fn insert_system(
    tx: &Tx,
    order: &NewInformationSystem,
    belongings: &Belongings,
    source: SourceId,
) -> Result<InformationSystemId> {
    let acronym = order.acronym.as_deref().map(clean);
    let aliases = each_once(&order.aliases);
    let row = information_system::ActiveModel {
        code: Set(clean(&order.code)),
        name_vi: Set(clean(&order.name_vi)),
        name_en: Set(clean(&order.name_en)),
        search: Set(system_texts(&order.code, [&order.name_vi, &order.name_en], acronym.as_deref(), &aliases)),
        acronym: Set(acronym),
        aliases: Set(aliases),
        kind: Set(order.kind),
        status: Set(order.status),
        scope: Set(order.scope),
        generic: Set(order.generic),
        area_id: Set(belongings.area),
        area_on: Set(order.on),
        owner_id: Set(belongings.owner),
        operator_id: Set(belongings.operator),
        parent_id: Set(belongings.parent),
        security_level: Set(order.security_level),
        security_level_approved: Set(order.security_level_approved),
        source_id: Set(source),
        version: Set(1),
        name_sort: Set(sort_key(&order.name_vi)),
        ..Default::default()
    };
    Ok(tx.insert(row).await?.id)
}

/// Writes how two systems relate.
pub async fn insert_relation(
    tx: &Tx,
    from: InformationSystemId,
    to: InformationSystemId,
    kind: SystemRelationKind,
    source: Option<SourceId>,
) -> Result<()> {
    let row = system_relation::ActiveModel {
        from_id: Set(from),
        to_id: Set(to),
        kind: Set(kind),
        source_id: Set(source),
        ..Default::default()
    };
    tx.insert(row).await?;
    Ok(())
}

/// Writes a body's use of a system.
pub async fn insert_use(
    tx: &Tx,
    order: &NewSystemUse,
    system: InformationSystemId,
    agency: AgencyId,
    source: Option<SourceId>,
) -> Result<()> {
    let row = system_use::ActiveModel {
        system_id: Set(system),
        agency_id: Set(agency),
        kind: Set(order.kind),
        points: Set(order.points),
        source_id: Set(source),
        ..Default::default()
    };
    tx.insert(row).await?;
    Ok(())
}

/// What a link connects, and where that is told.
pub struct Ends {
    /// From where.
    pub source: information_system::Model,
    /// To where.
    pub target: information_system::Model,
    /// The network below.
    pub via: Option<InformationSystemId>,
    /// Where it is told.
    pub evidence: Option<SourceId>,
}

/// Writes a link and what it rests on.
pub async fn insert_link(
    tx: &Tx,
    order: &NewDataLink,
    ends: Ends,
    basis: Vec<LegalDocumentId>,
) -> Result<data_link::Model> {
    let [carries, purpose] =
        [&order.carries, &order.purpose].map(|text| text.as_deref().map(clean).filter(|text| !text.is_empty()));
    let row = data_link::ActiveModel {
        code: Set(clean(&order.code)),
        // Only what everybody sees of a link: a search must not tell the rest.
        search: Set(searched(&order.code, carries.as_deref())),
        source_system_id: Set(ends.source.id),
        target_system_id: Set(ends.target.id),
        source_area_id: Set(ends.source.area_id),
        target_area_id: Set(ends.target.area_id),
        intermediary: Set(order.intermediary),
        method: Set(order.method),
        direction: Set(order.direction),
        environment: Set(order.environment),
        status: Set(order.status),
        carries: Set(carries),
        via_id: Set(ends.via),
        purpose: Set(purpose),
        endpoint: Set(order.endpoint.as_deref().map(endpoint::written)),
        active_from: Set(order.active_from.clone()),
        expires_on: Set(order.expires_on),
        evidence_id: Set(ends.evidence),
        version: Set(1),
        ..Default::default()
    };
    let link = tx.insert(row).await?;
    link::set_basis(tx, link.id, &[], &basis).await?;
    Ok(link)
}
