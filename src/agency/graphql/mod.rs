//! GraphQL types and root fields of agencies.

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
use sea_orm::{Condition, Select};

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
    const DOC: &'static str = "An agency or organisation, or a class of agencies that a source mentions without naming one (cơ quan, tổ chức).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .in_union("SearchResult")
            .node()
            .column("code", "The key of the agency in the API, such as `pt-skhcn` (mã).", C::Code)
            .named("name", "The name, as printed in the source (tên).", C::NameVi, C::NameEn)
            .stored::<AgencyKind>("kind", "The kind of agency (loại).", C::Kind)
            .column("generic", "True for a class of agencies, false for one named agency (nhóm chung).", C::Generic)
            .one_on::<unit_version::Entity>(
                "area",
                "The area of the agency; null if it belongs to none (địa bàn).",
                C::AreaId,
                C::AreaOn,
            )
            .one::<Self>("parent", "The parent agency; null if there is none (cơ quan chủ quản).", C::ParentId)
            .stored::<PartialDate>(
                "validFrom",
                "The start of the agency, as precise as it is known; null if not known (từ).",
                C::ValidFrom,
            )
            .stored::<PartialDate>(
                "validTo",
                "The end of the agency, as precise as it is known; null while it exists (đến).",
                C::ValidTo,
            )
            .list::<Self>(
                "successors",
                "The agencies that succeeded it, including those that it was merged into (cơ quan kế thừa).",
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
            .one::<source::Entity>(
                "source",
                "The source that mentions the agency; null if it was recorded without one (nguồn).",
                C::SourceId,
            )
            .column(
                "version",
                "The version number, incremented by each change. Updates must state the expected version (phiên bản).",
                C::Version,
            )
    }
}

/// A filter on agencies. All given conditions must hold.
#[derive(InputObject)]
struct AgencyFilter {
    /// Agencies of one of these kinds (loại).
    kinds: Option<Vec<AgencyKind>>,
    /// Agencies of one of these areas, by code. A code stands for every unit that has ever held it (địa bàn).
    areas: Option<Vec<String>>,
    /// Agencies whose code or name contains this text. Tone marks and case are ignored (từ khoá).
    text: Option<String>,
}

/// The arguments of lists of agencies.
#[derive(InputObject)]
pub struct Agencies {
    /// Which agencies to list; all by default (bộ lọc).
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
        let areas = |codes| op.selected(C::AreaId, territory::store::areas(op, codes, None));
        Condition::all()
            .add_option(filter.kinds.as_ref().map(|kinds| op.among(C::Kind, words(kinds))))
            .add_option(filter.areas.as_ref().map(|codes| areas(codes)))
            .add_option(filter.text.as_ref().map(|t| op.has(C::Search, t)))
    }
}

/// Declares the root fields for agencies.
pub fn roots(roots: Roots) -> Roots {
    roots
        .one("agency", "The agency with a code; null if there is none (cơ quan).", |op, args: &ByCode| {
            store::by_code(op, &args.code)
        })
        .page::<agency::Entity, Agencies>(
            "agencies",
            "Agencies, in the order in which they were recorded (danh sách cơ quan).",
        )
}
