//! Information systems, how they relate, who uses them.

use async_graphql::{Enum, InputObject};
use entity::{
    agency, data_link,
    information_system::{self, Column as C},
    kinds::{SystemKind, SystemRelationKind, SystemScope, SystemStatus, SystemUseKind},
    source, system_relation, system_use,
    text_list::TextList,
    unit_version,
};
use sea_orm::{ColumnTrait, Condition, Select};

use super::link::DataLinks;
use crate::{
    kernel::{
        arguments::SortDirection,
        error::Refusal,
        object::{Args, Declare, Link, Noun, texts, words},
        op::Op,
        page::{Listing, Order, Sorted},
    },
    sharing::store,
    territory,
    traffic::graphql::statistics,
};

impl Noun for information_system::Entity {
    const NAME: &'static str = "InformationSystem";
    const DOC: &'static str = "An information system, or a class of systems that a source names without naming one (hệ thống thông tin): LGSP, NDXP, portals, data centres, networks, databases.";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_systems(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .in_union("SearchResult")
            .node()
            .column("code", "Its key (mã).", C::Code)
            .named("name", "Its name, as printed (tên).", C::NameVi, C::NameEn)
            .column("acronym", "Its acronym, where the source has one (tên viết tắt).", C::Acronym)
            .value("aliases", "Other names, as printed (tên khác).", [C::Aliases], |names: TextList| names)
            .stored::<SystemKind>("kind", "What kind of system it is (loại).", C::Kind)
            .stored::<SystemStatus>("status", "How it stands, as its source tells (tình trạng).", C::Status)
            .stored::<SystemScope>("scope", "Whose it is (phạm vi).", C::Scope)
            .column("generic", "Whether it is a class of systems that is not one named system (nhóm chung).", C::Generic)
            .one_on::<unit_version::Entity>("area", "The area that it belongs to (địa bàn).", C::AreaId, C::AreaOn)
            .one::<agency::Entity>("owner", "Who owns it (chủ quản).", C::OwnerId)
            .one::<agency::Entity>("operator", "Who operates it (đơn vị vận hành).", C::OperatorId)
            .one::<Self>("parent", "The system that it belongs to (thuộc hệ thống).", C::ParentId)
            .list::<system_relation::Entity>(
                "relations",
                "How it relates to other systems, in either direction: hosting and transport are no data links (quan hệ).",
                C::Id,
                store::relations_of_system,
                Order::by_key,
            )
            .list::<system_use::Entity>(
                "uses",
                "Which bodies have access to it, supply or use it (đơn vị sử dụng).",
                C::Id,
                || Link::column(system_use::Column::SystemId),
                Order::by_key,
            )
            .column("securityLevel", "The level of information security, 1 to 5 (cấp độ an toàn thông tin).", C::SecurityLevel)
            .column("securityLevelApproved", "Whether that level is approved (đã phê duyệt).", C::SecurityLevelApproved)
            .page::<data_link::Entity, DataLinks>("links", "Its data links, from it and to it (kết nối).", C::Id, |_| {
                store::links_of_system()
            })
            .computed_list(
                "statistics",
                "What went over its data links, by hour, day or month; buckets without a call are left out (thống kê).",
                C::Id,
                statistics::of_systems,
            )
            .one::<source::Entity>("source", "Where it is told of (nguồn).", C::SourceId)
            .column("version", "Counts its changes; updates name the one they have seen.", C::Version)
    }
}

impl Noun for system_relation::Entity {
    const NAME: &'static str = "SystemRelation";
    const DOC: &'static str =
        "How one system relates to another, other than by exchanging data (quan hệ giữa hai hệ thống).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_relations(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use system_relation::Column as C;
        declare
            .one::<information_system::Entity>("from", "The one (hệ thống thứ nhất).", C::FromId)
            .one::<information_system::Entity>("to", "The other (hệ thống thứ hai).", C::ToId)
            .stored::<SystemRelationKind>("kind", "How the one relates to the other (quan hệ).", C::Kind)
            .one::<source::Entity>("evidence", "Where it is told (nguồn).", C::SourceId)
    }
}

impl Noun for system_use::Entity {
    const NAME: &'static str = "SystemUse";
    const DOC: &'static str = "What a body has to do with a system (việc sử dụng hệ thống).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_uses(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use system_use::Column as C;
        declare
            .one::<information_system::Entity>("system", "The system (hệ thống).", C::SystemId)
            .one::<agency::Entity>("agency", "The body (cơ quan).", C::AgencyId)
            .stored::<SystemUseKind>("kind", "What the body has to do with it (hình thức).", C::Kind)
            .column("points", "At how many points, where it is told (số điểm).", C::Points)
            .one::<source::Entity>("evidence", "Where it is told (nguồn).", C::SourceId)
    }
}

/// Which systems.
#[derive(InputObject)]
struct InformationSystemFilter {
    /// These codes (mã).
    codes: Option<Vec<String>>,
    /// These kinds (loại).
    kinds: Option<Vec<SystemKind>>,
    /// Those that stand so (tình trạng).
    statuses: Option<Vec<SystemStatus>>,
    /// Of these scopes (phạm vi).
    scopes: Option<Vec<SystemScope>>,
    /// Of these areas, by code: every unit that ever held it (địa bàn).
    areas: Option<Vec<String>>,
    /// Those whose name, acronym, alias or code has this text; marks and case do not matter (từ khoá).
    text: Option<String>,
}

/// What systems are ordered by.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum InformationSystemOrderField {
    /// The code (mã).
    Code,
    /// The name, by the Vietnamese alphabet (tên).
    Name,
}

/// How systems are ordered.
#[derive(InputObject)]
struct InformationSystemOrder {
    /// By what.
    field: InformationSystemOrderField,
    /// Which way.
    direction: SortDirection,
}

/// The arguments of lists of systems.
#[derive(InputObject)]
pub struct InformationSystems {
    /// Which of them.
    filter: Option<InformationSystemFilter>,
    /// In which order; as recorded by default.
    order_by: Option<InformationSystemOrder>,
}

impl Args for InformationSystems {
    fn settle(&mut self, _: &Op) -> Result<(), Refusal> {
        territory::graphql::check_areas("filter.areas", self.filter.as_ref().and_then(|f| f.areas.as_ref()))
    }
}

impl Listing for InformationSystems {
    fn condition(&self, op: &Op) -> Condition {
        let Some(filter) = &self.filter else { return Condition::all() };
        let areas = |codes| C::AreaId.in_subquery(territory::store::areas(op, codes, None));
        Condition::all()
            .add_option(filter.codes.as_ref().map(|codes| op.among(C::Code, texts(codes))))
            .add_option(filter.kinds.as_ref().map(|kinds| op.among(C::Kind, words(kinds))))
            .add_option(filter.statuses.as_ref().map(|statuses| op.among(C::Status, words(statuses))))
            .add_option(filter.scopes.as_ref().map(|scopes| op.among(C::Scope, words(scopes))))
            .add_option(filter.areas.as_ref().map(|codes| areas(codes)))
            .add_option(filter.text.as_ref().map(|t| op.has(C::Search, t)))
    }
    fn order(&self) -> Order {
        match &self.order_by {
            None => Order::by_key(),
            Some(InformationSystemOrder { field: InformationSystemOrderField::Code, direction }) => {
                direction.by("CODE", C::Code, Sorted::Text)
            }
            Some(InformationSystemOrder { field: InformationSystemOrderField::Name, direction }) => {
                direction.by("NAME", C::NameSort, Sorted::Text)
            }
        }
    }
}
