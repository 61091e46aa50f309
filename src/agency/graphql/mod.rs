//! Agencies in the schema.

pub mod mutation;

use async_graphql::InputObject;
use entity::{
    agency::{self, Column as C},
    agency_succession,
    kinds::AgencyKind,
    source,
    time::PartialDate,
    unit_version,
};
use sea_orm::{ColumnTrait, Condition, Select};

use crate::agency::store;
use crate::{
    kernel::{
        arguments::ByCode,
        error::Refusal,
        object::{Args, Declare, Link, Noun, Roots, words},
        op::Op,
        page::{Listing, Order},
    },
    territory,
};

impl Noun for agency::Entity {
    const NAME: &'static str = "Agency";
    const DOC: &'static str =
        "A body that acts, or a class of bodies that a source names without naming one (cơ quan, tổ chức).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .in_union("SearchResult")
            .node()
            .column("code", "Its key (mã).", C::Code)
            .named("name", "Its name, as printed (tên).", C::NameVi, C::NameEn)
            .stored::<AgencyKind>("kind", "What kind of body it is (loại).", C::Kind)
            .column("generic", "Whether it is a class of bodies that is not one named body (nhóm chung).", C::Generic)
            .one_on::<unit_version::Entity>("area", "The area that it belongs to (địa bàn).", C::AreaId, C::AreaOn)
            .one::<Self>("parent", "The body that it belongs to (cơ quan chủ quản).", C::ParentId)
            .stored::<PartialDate>("validFrom", "Since when it is, as precisely as it is known (từ).", C::ValidFrom)
            .stored::<PartialDate>("validTo", "Until when it was, as precisely as it is known (đến).", C::ValidTo)
            .list::<Self>(
                "successors",
                "The bodies that it became, or became a part of (cơ quan kế thừa).",
                C::Id,
                || {
                    Link::through(
                        agency_succession::Column::PredecessorId,
                        agency_succession::Column::SuccessorId,
                        C::Id,
                    )
                },
                Order::by_key,
            )
            .one::<source::Entity>("source", "Where it is told of (nguồn).", C::SourceId)
            .column("version", "Counts its changes; updates name the one they have seen.", C::Version)
    }
}

/// Which agencies.
#[derive(InputObject)]
struct AgencyFilter {
    /// These kinds (loại).
    kinds: Option<Vec<AgencyKind>>,
    /// Of these areas, by code: every unit that ever held it (địa bàn).
    areas: Option<Vec<String>>,
    /// Those whose name or code has this text; marks and case do not matter (từ khoá).
    text: Option<String>,
}

/// The arguments of lists of agencies.
#[derive(InputObject)]
pub struct Agencies {
    /// Which of them.
    filter: Option<AgencyFilter>,
}

impl Args for Agencies {
    fn settle(&mut self, _: &Op) -> Result<(), Refusal> {
        territory::graphql::check_areas("filter.areas", self.filter.as_ref().and_then(|f| f.areas.as_ref()))
    }
}

impl Listing for Agencies {
    fn condition(&self, op: &Op) -> Condition {
        let Some(filter) = &self.filter else { return Condition::all() };
        let areas = |codes| C::AreaId.in_subquery(territory::store::areas(op, codes, None));
        Condition::all()
            .add_option(filter.kinds.as_ref().map(|kinds| op.among(C::Kind, words(kinds))))
            .add_option(filter.areas.as_ref().map(|codes| areas(codes)))
            .add_option(filter.text.as_ref().map(|t| op.has(C::Search, t)))
    }
}

/// The root fields of this room.
pub fn roots(roots: Roots) -> Roots {
    roots
        .one("agency", "An agency by its code (cơ quan).", |op, args: &ByCode| store::by_code(op, &args.code))
        .page::<agency::Entity, Agencies>(
        "agencies",
        "Agencies, in the order in which they were recorded (danh sách cơ quan).",
    )
}
