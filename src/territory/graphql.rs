//! Territory in the schema.

use async_graphql::{Enum, InputObject};
use chrono::NaiveDate;
use entity::{
    agency, data_link, information_system,
    kinds::{AdministrativeLevel, AdministrativeUnitType, SuccessionKind},
    legal_document, observation, plan, shortcoming, succession, unit,
    unit_version::{self, Column as C},
};
use sea_orm::{Condition, QueryFilter, Select};

use super::{rules, store};
use crate::{
    indicator::graphql::{
        observation::Observations,
        series::{self, Latest},
    },
    kernel::{
        arguments::SortDirection,
        error::Refusal,
        object::{Args, Both, Declare, GlobalId, Link, NoArgs, Noun, Roots, words},
        op::Op,
        page::{By, Listing, Order, Sorted},
        scalar::Date,
    },
    plan::graphql::{attainment, document::Plans},
    sharing::{
        graphql::{link::DataLinks, system::InformationSystems},
        store::links_of_unit,
    },
    traffic::graphql::statistics,
};

/// Whether what the predecessors had belongs to the answer.
#[derive(InputObject)]
pub struct Within {
    /// Whether what the units that merged into this one had belongs to the answer too; each row says whose it is (gồm cả đơn
    /// vị tiền thân).
    #[graphql(default = true)]
    pub include_predecessors: bool,
}

impl Args for Within {}

/// Which areas, in filters of other rooms.
///
/// # Errors
/// BAD_USER_INPUT for a malformed code.
pub fn check_areas(path: &str, areas: Option<&Vec<String>>) -> Result<(), Refusal> {
    for (n, code) in areas.into_iter().flatten().enumerate() {
        rules::check_code(&format!("{path}[{n}]"), code)?;
    }
    Ok(())
}

fn oldest_first() -> Order {
    Order::by("VALID_TO", By::asc(C::ValidTo, Sorted::Date))
}

impl Noun for unit_version::Entity {
    const NAME: &'static str = "AdministrativeUnit";
    const DOC: &'static str = "The country, or a province or centrally run city, with the name and type that it had on a day (đơn vị hành chính). A code is not a unit: seven codes meant another province before 2025-07-01.";
    fn visible(op: &Op) -> Select<Self> {
        store::visible(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .joined(C::UnitId, unit::Column::Id)
            .versions(C::UnitId, C::ValidFrom)
            .in_union("SearchResult")
            .node()
            .value(
                "unitId",
                "Names the unit through all its versions; `id` names this version (định danh đơn vị).",
                [C::UnitId],
                |id: i64| GlobalId::encode("Unit", id),
            )
            .list::<Self>(
                "versions",
                "All versions of the unit, oldest first: a change of name or type makes a new one (các phiên bản).",
                C::UnitId,
                || Link::column(C::UnitId),
                oldest_first,
            )
            .column_always(
                "code",
                "The official code: two digits, \"01\"; VN for the country (mã đơn vị hành chính).",
                unit::Column::Code,
            )
            .named("name", "The name without its type, \"Hà Nội\" (tên).", C::NameVi, C::NameEn)
            .named(
                "fullName",
                "The name with its type, \"Thành phố Hà Nội\" (tên đầy đủ).",
                C::FullNameVi,
                C::FullNameEn,
            )
            .stored_always::<AdministrativeLevel>("level", "The level of the unit (cấp).", unit::Column::Level)
            .stored::<AdministrativeUnitType>("unitType", "The type of the unit in this version (loại).", C::UnitType)
            .column(
                "versionFrom",
                "The first day of this version: of this name and type; null where the records begin later (ngày bắt đầu phiên bản).",
                C::ValidFrom,
            )
            .column(
                "versionTo",
                "The last day of this version, inclusive; null while it holds (ngày cuối của phiên bản).",
                C::ValidTo,
            )
            .one::<legal_document::Entity>(
                "versionLegalBasis",
                "The legal document that made this version: the change of name or type (căn cứ của phiên bản).",
                C::LegalBasisId,
            )
            .column(
                "validFrom",
                "The first day of the unit, not of the version; null where the records begin later (ngày thành lập).",
                unit::Column::ValidFrom,
            )
            .column(
                "validTo",
                "The last day of the unit, inclusive; null while it is in being (ngày cuối cùng).",
                unit::Column::ValidTo,
            )
            .one::<legal_document::Entity>(
                "legalBasis",
                "The legal document that made the unit (căn cứ pháp lý).",
                unit::Column::LegalBasisId,
            )
            .list::<succession::Entity>(
                "predecessors",
                "The units that it came from (đơn vị tiền thân).",
                C::UnitId,
                || Link::column(succession::Column::SuccessorId),
                Order::by_key,
            )
            .list::<succession::Entity>(
                "successors",
                "The units that it gave way to (đơn vị kế thừa).",
                C::UnitId,
                || Link::column(succession::Column::PredecessorId),
                Order::by_key,
            )
            .page::<agency::Entity, Both<Within, NoArgs>>("agencies", "Its bodies (cơ quan).", C::UnitId, |of| {
                store::belonging(of.0.include_predecessors, agency::Column::AreaId)
            })
            .page::<plan::Entity, Both<Within, Plans>>("plans", "Its plans (kế hoạch).", C::UnitId, |of| {
                store::belonging(of.0.include_predecessors, plan::Column::AreaId)
            })
            .page::<observation::Entity, Both<Within, Observations>>(
                "observations",
                "Its figures (số liệu).",
                C::UnitId,
                |of| store::belonging(of.0.include_predecessors, observation::Column::AreaId),
            )
            .page::<shortcoming::Entity, Both<Within, NoArgs>>(
                "shortcomings",
                "What sources say is lacking there (hạn chế, tồn tại).",
                C::UnitId,
                |of| store::belonging(of.0.include_predecessors, shortcoming::Column::AreaId),
            )
            .page::<information_system::Entity, Both<Within, InformationSystems>>(
                "informationSystems",
                "Its information systems (hệ thống thông tin).",
                C::UnitId,
                |of| store::belonging(of.0.include_predecessors, information_system::Column::AreaId),
            )
            .page::<data_link::Entity, Both<Within, DataLinks>>(
                "dataLinks",
                "The data links with one of its systems at either end (kết nối).",
                C::UnitId,
                |of| links_of_unit(of.0.include_predecessors),
            )
            .computed_list(
                "statistics",
                "What went over the data links with one of its systems at either end, by hour, day or month; buckets without a call are left out (thống kê trao đổi).",
                C::UnitId,
                statistics::of_units,
            )
            .found_list::<observation::Entity, Latest>(
                "latest",
                "Its newest published figure of each indicator, dimension and unit (số liệu mới nhất).",
                C::UnitId,
                series::newest,
            )
            .computed(
                "series",
                "Its figures of one indicator over time (chuỗi số liệu).",
                C::Id,
                true,
                series::of_units,
            )
            .computed(
                "progress",
                "How the targets of its plans stand (tiến độ).",
                C::UnitId,
                true,
                attainment::of_units,
            )
    }
}

impl Noun for succession::Entity {
    const NAME: &'static str = "Succession";
    const DOC: &'static str = "One unit's giving way to another (kế thừa đơn vị hành chính).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_successions(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use succession::Column as C;
        declare
            .one_on::<unit_version::Entity>(
                "predecessor",
                "The old unit, as it was on its last day (đơn vị cũ).",
                C::PredecessorId,
                C::EffectiveOn,
            )
            .one_on::<unit_version::Entity>(
                "successor",
                "The new unit, as it was on its first day (đơn vị mới).",
                C::SuccessorId,
                C::EffectiveOn,
            )
            .stored::<SuccessionKind>("kind", "How it gave way (hình thức).", C::Kind)
            .column("effectiveOn", "The successor's first day (ngày có hiệu lực).", C::EffectiveOn)
            .one::<legal_document::Entity>("legalBasis", "The legal document that says so (căn cứ).", C::LegalBasisId)
    }
}

/// A code, and the day to read it on.
#[derive(InputObject)]
struct CodeOn {
    /// The code: two digits, or VN for the country (mã).
    code: String,
    /// The day on which the code is read, and whose name and type are shown; today by default (ngày).
    on: Option<Date>,
}

impl Args for CodeOn {
    fn settle(&mut self, op: &Op) -> Result<(), Refusal> {
        self.on.get_or_insert(Date(op.today()));
        rules::check_code("code", &self.code)
    }
}

#[derive(InputObject)]
struct JustCode {
    /// The code: two digits, or VN for the country (mã).
    code: String,
}

impl Args for JustCode {
    fn settle(&mut self, _: &Op) -> Result<(), Refusal> {
        rules::check_code("code", &self.code)
    }
}

/// Which units.
#[derive(InputObject)]
struct AdministrativeUnitFilter {
    /// These codes (mã).
    codes: Option<Vec<String>>,
    /// Those whose name has this text; marks, case and đ do not matter (từ khoá).
    text: Option<String>,
    /// These types (loại).
    unit_types: Option<Vec<AdministrativeUnitType>>,
}

/// What units are ordered by.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum AdministrativeUnitOrderField {
    /// The code (mã).
    Code,
    /// The name, by the Vietnamese alphabet (tên).
    Name,
}

/// How units are ordered.
#[derive(InputObject)]
struct AdministrativeUnitOrder {
    /// By what.
    field: AdministrativeUnitOrderField,
    /// Which way.
    direction: SortDirection,
}

#[derive(InputObject)]
struct Provinces {
    /// The map of this day; today's by default (ngày).
    on: Option<Date>,
    /// Which of them.
    filter: Option<AdministrativeUnitFilter>,
    /// In which order; by code by default.
    order_by: Option<AdministrativeUnitOrder>,
}

impl Provinces {
    fn day(&self) -> NaiveDate {
        self.on.map(|d| d.0).unwrap_or_default()
    }
}

impl Args for Provinces {
    fn settle(&mut self, op: &Op) -> Result<(), Refusal> {
        self.on.get_or_insert(Date(op.today()));
        for (n, code) in self.filter.iter().filter_map(|f| f.codes.as_ref()).flatten().enumerate() {
            rules::check_code(&format!("filter.codes[{n}]"), code)?;
        }
        Ok(())
    }
}

impl Listing for Provinces {
    fn condition(&self, op: &Op) -> Condition {
        let filter = self.filter.as_ref();
        Condition::all()
            .add(store::on(self.day()))
            .add(store::of_level(AdministrativeLevel::Province))
            .add_option(filter.and_then(|f| f.codes.as_ref()).map(|codes| store::coded_any(op, codes)))
            .add_option(filter.and_then(|f| f.text.as_ref()).map(|t| op.has(C::Search, t)))
            .add_option(filter.and_then(|f| f.unit_types.as_ref()).map(|types| op.among(C::UnitType, words(types))))
    }
    fn order(&self) -> Order {
        match &self.order_by {
            Some(AdministrativeUnitOrder { field: AdministrativeUnitOrderField::Name, direction }) => {
                direction.by("NAME", C::NameSort, Sorted::Text)
            }
            Some(by) => by.direction.by("CODE", unit::Column::Code, Sorted::Text),
            None => SortDirection::Asc.by("CODE", unit::Column::Code, Sorted::Text),
        }
    }
}

/// The root fields of this room.
pub fn roots(roots: Roots) -> Roots {
    roots
        .one(
            "province",
            "The unit that holds a code on a day: province(code: \"15\", on: \"2025-06-30\") is Yên Bái, the day after it is Lào Cai (tra theo mã và ngày).",
            |op, args: &CodeOn| {
                let day = args.on.map(|d| d.0).unwrap_or_else(|| op.today());
                store::visible(op).filter(store::coded(&args.code)).filter(store::on(day))
            },
        )
        .page::<unit_version::Entity, Provinces>(
            "provinces",
            "The provinces and centrally run cities of the map of a day: 63 until 2025-06-30, 34 from 2025-07-01 (danh sách tỉnh, thành phố).",
        )
        .list(
            "codeHistory",
            "Every unit that ever held a code, oldest first, each in its newest version (lịch sử của một mã).",
            oldest_first(),
            |op, args: &JustCode| store::visible(op).filter(store::coded(&args.code)).filter(store::newest()),
        )
}
