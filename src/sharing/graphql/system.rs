//! GraphQL types for information systems, their relations and their uses.

use async_graphql::{Enum, InputObject};
use entity::{
    agency, data_link,
    information_system::{self, Column as C},
    kinds::{SystemKind, SystemRelationKind, SystemScope, SystemStatus, SystemUseKind},
    source, system_relation, system_use,
    text_list::TextList,
    unit_version,
};
use sea_orm::{Condition, Select};

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
            .column("code", "The unique code of the system (mã).", C::Code)
            .named("name", "The name, as the source prints it (tên).", C::NameVi, C::NameEn)
            .column("acronym", "The acronym; null if the source uses none (tên viết tắt).", C::Acronym)
            .value("aliases", "Other names, as printed (tên khác).", [C::Aliases], |names: TextList| names)
            .stored::<SystemKind>("kind", "The kind of system (loại).", C::Kind)
            .stored::<SystemStatus>("status", "The operating status, as the source states it (tình trạng).", C::Status)
            .stored::<SystemScope>("scope", "The level of government that the system belongs to (phạm vi).", C::Scope)
            .column("generic", "True for a class of systems that is not one named system (nhóm chung).", C::Generic)
            .one_on::<unit_version::Entity>("area", "The area that the system belongs to; null if it belongs to none (địa bàn).", C::AreaId, C::AreaOn)
            .one::<agency::Entity>("owner", "The agency that owns the system (chủ quản).", C::OwnerId)
            .one::<agency::Entity>("operator", "The agency that operates the system (đơn vị vận hành).", C::OperatorId)
            .one::<Self>("parent", "The system that this one is part of (thuộc hệ thống).", C::ParentId)
            .list::<system_relation::Entity>(
                "relations",
                "Relations to other systems, in either direction: hosting, transport and the like, which are not data links (quan hệ).",
                C::Id,
                store::relations_of_system,
                Order::by_key,
            )
            .list::<system_use::Entity>(
                "uses",
                "Agencies that have access to the system, supply it or use it (đơn vị sử dụng).",
                C::Id,
                || Link::column(system_use::Column::SystemId),
                Order::by_key,
            )
            .column("securityLevel", "The information-security level, 1 to 5; null if none is stated (cấp độ an toàn thông tin).", C::SecurityLevel)
            .column("securityLevelApproved", "Whether the information-security level is approved (đã phê duyệt).", C::SecurityLevelApproved)
            .page::<data_link::Entity, DataLinks>("links", "Data links whose source or target is this system (kết nối).", C::Id, |_| {
                store::links_of_system()
            })
            .computed_list_by_fields(
                "statistics",
                "Calls over the system's data links by hour, day or month, oldest first. Periods without a call are omitted (thống kê).",
                C::Id,
                statistics::of_systems,
            )
            .one::<source::Entity>("source", "The source that mentions the system (nguồn).", C::SourceId)
            .column("version", "The version number, incremented by each change. Updates must state the expected version (phiên bản).", C::Version)
    }
}

impl Noun for system_relation::Entity {
    const NAME: &'static str = "SystemRelation";
    const DOC: &'static str = "A relation between two systems other than exchanging data (quan hệ giữa hai hệ thống).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_relations(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use system_relation::Column as C;
        declare
            .one::<information_system::Entity>(
                "from",
                "The first system, the subject of `kind` (hệ thống thứ nhất).",
                C::FromId,
            )
            .one::<information_system::Entity>(
                "to",
                "The second system, the object of `kind` (hệ thống thứ hai).",
                C::ToId,
            )
            .stored::<SystemRelationKind>("kind", "How `from` relates to `to` (quan hệ).", C::Kind)
            .one::<source::Entity>("evidence", "The source that states this (nguồn).", C::SourceId)
    }
}

impl Noun for system_use::Entity {
    const NAME: &'static str = "SystemUse";
    const DOC: &'static str = "One agency's access to, supply of or use of a system (việc sử dụng hệ thống).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_uses(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use system_use::Column as C;
        declare
            .one::<information_system::Entity>("system", "The system that is used (hệ thống).", C::SystemId)
            .one::<agency::Entity>("agency", "The agency (cơ quan).", C::AgencyId)
            .stored::<SystemUseKind>("kind", "How the agency uses the system (hình thức).", C::Kind)
            .column(
                "points",
                "The number of connection points, 1 or more; null if none is stated (số điểm).",
                C::Points,
            )
            .one::<source::Entity>("evidence", "The source that states this (nguồn).", C::SourceId)
    }
}

/// A filter on information systems. All given conditions must hold.
#[derive(InputObject)]
struct InformationSystemFilter {
    /// Systems with one of these codes (mã).
    codes: Option<Vec<String>>,
    /// Systems of one of these kinds (loại).
    kinds: Option<Vec<SystemKind>>,
    /// Systems with one of these statuses (tình trạng).
    statuses: Option<Vec<SystemStatus>>,
    /// Systems of one of these scopes (phạm vi).
    scopes: Option<Vec<SystemScope>>,
    /// Systems of one of these areas, by code: every unit that ever held the code (địa bàn).
    areas: Option<Vec<String>>,
    /// Systems whose name, acronym, alias or code contains this text. Tone marks and case are ignored (từ khoá).
    text: Option<String>,
}

/// The field that orders a list of systems.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum InformationSystemOrderField {
    /// The code (mã).
    Code,
    /// The Vietnamese name, in Vietnamese alphabetical order (tên).
    Name,
}

/// The order of a list of systems.
#[derive(InputObject)]
struct InformationSystemOrder {
    /// The field to order by.
    field: InformationSystemOrderField,
    /// Ascending or descending.
    direction: SortDirection,
}

/// Arguments of lists of information systems.
#[derive(InputObject)]
pub struct InformationSystems {
    /// Which systems to list; all by default (bộ lọc).
    filter: Option<InformationSystemFilter>,
    /// The order of the list; the order of recording by default.
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
        let areas = |codes| op.selected(C::AreaId, territory::store::areas(op, codes, None));
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
