//! GraphQL types and root fields of territorial units.

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

/// The argument that adds the records of predecessors to a list.
#[derive(InputObject)]
pub struct Within {
    /// Whether to include the records of the units that this one came from, directly or indirectly. Each row names its own
    /// unit (gồm cả đơn vị tiền thân).
    #[graphql(default = true)]
    pub include_predecessors: bool,
}

impl Args for Within {}

/// Checks the area codes of a filter. Used by the filters of other modules.
///
/// # Errors
/// BAD_USER_INPUT naming the first malformed code.
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
    const DOC: &'static str = "One version of a territorial unit: the country, a province or a centrally run city, with the name and type that it had between two days (đơn vị hành chính). A code does not identify a unit: seven of the codes in force since 2025-07-01 belonged to another province before.";
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
                "The global id of the unit, the same in all its versions; `id` identifies this version (định danh đơn vị).",
                [C::UnitId],
                |id: i64| GlobalId::encode("Unit", id),
            )
            .list::<Self>(
                "versions",
                "All versions of the unit, oldest first. A change of name or type creates a new version (các phiên bản).",
                C::UnitId,
                || Link::column(C::UnitId),
                oldest_first,
            )
            .column_always(
                "code",
                "The official code: two digits, such as \"01\", or VN for the country (mã đơn vị hành chính).",
                unit::Column::Code,
            )
            .named("name", "The name without the type, such as \"Hà Nội\" (tên).", C::NameVi, C::NameEn)
            .named(
                "fullName",
                "The name with the type, such as \"Thành phố Hà Nội\" (tên đầy đủ).",
                C::FullNameVi,
                C::FullNameEn,
            )
            .stored_always::<AdministrativeLevel>("level", "The administrative level (cấp).", unit::Column::Level)
            .stored::<AdministrativeUnitType>("unitType", "The type of the unit in this version (loại).", C::UnitType)
            .column(
                "versionFrom",
                "The first day of this version, with this name and type; null if it precedes the records (ngày bắt đầu phiên bản).",
                C::ValidFrom,
            )
            .column(
                "versionTo",
                "The last day of this version, inclusive; null while it is current (ngày cuối của phiên bản).",
                C::ValidTo,
            )
            .one::<legal_document::Entity>(
                "versionLegalBasis",
                "The legal document that changed the name or type and so created this version (căn cứ của phiên bản).",
                C::LegalBasisId,
            )
            .column(
                "validFrom",
                "The first day of the unit, not of this version; null if it precedes the records (ngày thành lập).",
                unit::Column::ValidFrom,
            )
            .column(
                "validTo",
                "The last day of the unit, not of this version, inclusive; null while the unit exists (ngày cuối cùng).",
                unit::Column::ValidTo,
            )
            .one::<legal_document::Entity>(
                "legalBasis",
                "The legal document that established the unit (căn cứ pháp lý).",
                unit::Column::LegalBasisId,
            )
            .list::<succession::Entity>(
                "predecessors",
                "The direct predecessors: the units that this one was formed from (đơn vị tiền thân).",
                C::UnitId,
                || Link::column(succession::Column::SuccessorId),
                Order::by_key,
            )
            .list::<succession::Entity>(
                "successors",
                "The direct successors: the units that took its place (đơn vị kế thừa).",
                C::UnitId,
                || Link::column(succession::Column::PredecessorId),
                Order::by_key,
            )
            .page::<agency::Entity, Both<Within, NoArgs>>("agencies", "The agencies of the unit (cơ quan).", C::UnitId, |of| {
                store::belonging(of.0.include_predecessors, agency::Column::AreaId)
            })
            .page::<plan::Entity, Both<Within, Plans>>("plans", "The plans of the unit (kế hoạch).", C::UnitId, |of| {
                store::belonging(of.0.include_predecessors, plan::Column::AreaId)
            })
            .page::<observation::Entity, Both<Within, Observations>>(
                "observations",
                "The observations about the unit (số liệu).",
                C::UnitId,
                |of| store::belonging(of.0.include_predecessors, observation::Column::AreaId),
            )
            .page::<shortcoming::Entity, Both<Within, NoArgs>>(
                "shortcomings",
                "Shortcomings of the unit, as sources state them (hạn chế, tồn tại).",
                C::UnitId,
                |of| store::belonging(of.0.include_predecessors, shortcoming::Column::AreaId),
            )
            .page::<information_system::Entity, Both<Within, InformationSystems>>(
                "informationSystems",
                "The information systems of the unit (hệ thống thông tin).",
                C::UnitId,
                |of| store::belonging(of.0.include_predecessors, information_system::Column::AreaId),
            )
            .page::<data_link::Entity, Both<Within, DataLinks>>(
                "dataLinks",
                "Data links whose source or target is a system of the unit (kết nối).",
                C::UnitId,
                |of| links_of_unit(of.0.include_predecessors),
            )
            .computed_list_by_fields(
                "statistics",
                "Statistics of the calls over data links whose source or target is a system of the unit, by hour, day or month. Intervals without a call are omitted (thống kê trao đổi).",
                C::UnitId,
                statistics::of_units,
            )
            .found_list::<observation::Entity, Latest>(
                "latest",
                "The newest published observation for each indicator, dimension and unit (số liệu mới nhất).",
                C::UnitId,
                series::newest,
            )
            .computed(
                "series",
                "The observations of one indicator about the unit over time (chuỗi số liệu).",
                C::Id,
                true,
                series::of_units,
            )
            .computed(
                "progress",
                "How many targets of the unit's plans have which status (tiến độ).",
                C::UnitId,
                true,
                attainment::of_units,
            )
    }
}

impl Noun for succession::Entity {
    const NAME: &'static str = "Succession";
    const DOC: &'static str = "The succession of one territorial unit by another (kế thừa đơn vị hành chính).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_successions(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use succession::Column as C;
        declare
            .one_on::<unit_version::Entity>(
                "predecessor",
                "The former unit, in its last version (đơn vị cũ).",
                C::PredecessorId,
                C::EffectiveOn,
            )
            .one_on::<unit_version::Entity>(
                "successor",
                "The new unit, in the version of its first day (đơn vị mới).",
                C::SuccessorId,
                C::EffectiveOn,
            )
            .stored::<SuccessionKind>("kind", "The kind of succession (hình thức).", C::Kind)
            .column("effectiveOn", "The first day of the succession (ngày có hiệu lực).", C::EffectiveOn)
            .one::<legal_document::Entity>(
                "legalBasis",
                "The legal document that orders the succession (căn cứ).",
                C::LegalBasisId,
            )
    }
}

/// A code, and the day for which to resolve it.
#[derive(InputObject)]
struct CodeOn {
    /// The code: two digits, such as "01", or VN for the country (mã).
    code: String,
    /// The day that decides which unit the code belongs to, and which name and type are shown; today by default (ngày).
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
    /// The code: two digits, such as "01", or VN for the country (mã).
    code: String,
}

impl Args for JustCode {
    fn settle(&mut self, _: &Op) -> Result<(), Refusal> {
        rules::check_code("code", &self.code)
    }
}

/// A filter on territorial units. All given conditions must hold.
#[derive(InputObject)]
struct AdministrativeUnitFilter {
    /// Units with one of these codes (mã).
    codes: Option<Vec<String>>,
    /// Units whose code or name contains this text. Tone marks and case are ignored, and đ matches d (từ khoá).
    text: Option<String>,
    /// Units of one of these types (loại).
    unit_types: Option<Vec<AdministrativeUnitType>>,
}

/// The field to order territorial units by.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum AdministrativeUnitOrderField {
    /// The code (mã).
    Code,
    /// The name, in the order of the Vietnamese alphabet (tên).
    Name,
}

/// The order of territorial units.
#[derive(InputObject)]
struct AdministrativeUnitOrder {
    /// The field to order by (trường sắp xếp).
    field: AdministrativeUnitOrderField,
    /// The direction (chiều sắp xếp).
    direction: SortDirection,
}

#[derive(InputObject)]
struct Provinces {
    /// The day whose provinces are listed; today by default (ngày).
    on: Option<Date>,
    /// Which units to list; all by default (bộ lọc).
    filter: Option<AdministrativeUnitFilter>,
    /// The order; by code, ascending, by default (thứ tự).
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

/// Declares the root fields for territorial units.
pub fn roots(roots: Roots) -> Roots {
    roots
        .one(
            "province",
            "The unit that holds a code on a day; null if none does. province(code: \"15\", on: \"2025-06-30\") is Yên Bái; one day later it is Lào Cai (tra theo mã và ngày).",
            |op, args: &CodeOn| {
                let day = args.on.map(|d| d.0).unwrap_or_else(|| op.today());
                store::visible(op).filter(store::coded(&args.code)).filter(store::on(day))
            },
        )
        .page::<unit_version::Entity, Provinces>(
            "provinces",
            "The provinces and centrally run cities that exist on a day: 63 until 2025-06-30, 34 since 2025-07-01 (danh sách tỉnh, thành phố).",
        )
        .list(
            "codeHistory",
            "All units that have ever held a code, oldest first, each in its newest version (lịch sử của một mã).",
            oldest_first(),
            |op, args: &JustCode| store::visible(op).filter(store::coded(&args.code)).filter(store::newest()),
        )
}
