//! Data links.

use async_graphql::{Enum, ID, InputObject};
use chrono::NaiveDate;
use entity::{
    agreement,
    data_link::{self, Column as C},
    data_link_basis,
    ids::AgreementId,
    information_system,
    kinds::{Environment, HealthState, Intermediary, LinkDirection, LinkNeed, LinkStatus, SharingMethod},
    legal_document, link_check, link_transition, link_transition_basis, source,
    time::PartialDate,
};
use sea_orm::{Condition, Select, sea_query::Expr};

use super::{moving, resting};
use crate::{
    health::{self, graphql::LinkHealth},
    kernel::{
        arguments::SortDirection,
        deadline::Deadline,
        error::Refusal,
        locale::Message,
        object::{Args, Declare, GlobalId, Link, NoArgs, Noun, words},
        op::Op,
        page::{Listing, Order, Sorted},
        policy::{self, Places},
        scalar::Date,
    },
    sharing::{deadline::Move, rules::life, store},
    territory,
    traffic::graphql::statistics,
};

impl Noun for data_link::Entity {
    const NAME: &'static str = "DataLink";
    const DOC: &'static str = "A data-sharing connection between two information systems (kết nối chia sẻ dữ liệu).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_links(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .in_union("SearchResult")
            .node()
            .column("code", "Its key, \"pt-lgsp--vn-ndxp\" (mã).", C::Code)
            .one::<information_system::Entity>(
                "source",
                "The system that it comes from (hệ thống nguồn).",
                C::SourceSystemId,
            )
            .one::<information_system::Entity>(
                "target",
                "The system that it leads to (hệ thống đích).",
                C::TargetSystemId,
            )
            .stored::<Intermediary>("intermediary", "Through what it runs (nền tảng trung gian).", C::Intermediary)
            .stored::<SharingMethod>(
                "method",
                "How data is shared; null where nothing is said (phương thức).",
                C::Method,
            )
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .stored::<LinkDirection>("direction", "Which way data flows (chiều).", C::Direction)
            .stored::<Environment>("environment", "Where it runs (môi trường).", C::Environment)
            .stored::<LinkStatus>(
                "status",
                "Where it stands in its life today: from the day after its last one it has EXPIRED (trạng thái).",
                C::Status,
            )
            .column("carries", "What it carries (nội dung dữ liệu).", C::Carries)
            .one::<information_system::Entity>(
                "via",
                "The network below, as a WAN under LGSP to NDXP (qua mạng).",
                C::ViaId,
            )
            .column("purpose", "What it is for (mục đích).", C::Purpose)
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .column("endpoint", "Where it is reached (điểm cuối).", C::Endpoint)
            .only(policy::sees_endpoints, &store::LINK_AREAS)
            .list::<legal_document::Entity>(
                "legalBasis",
                "The legal documents that it rests on (căn cứ pháp lý).",
                C::Id,
                || {
                    use data_link_basis::Column as Basis;
                    Link::through(Basis::LinkId, Basis::DocumentId, legal_document::Column::Id)
                },
                Order::by_key,
            )
            .one::<agreement::Entity>(
                "agreement",
                "The agreement that it rests on; null for those who may not know (thoả thuận).",
                C::AgreementId,
            )
            .computed_value(
                "restsOnExpired",
                "Whether a legal document that it rests on, itself or by an agreement that the caller sees, is no longer in force today (có căn cứ hết hiệu lực).",
                C::Id,
                resting::links_on_expired,
            )
            .computed_value(
                "lacking",
                "What it should have by the rules, since it operates (ACTIVE, MIGRATING), and has not today: what a step to ACTIVE would ask for; empty for other links, and for those who do not see its details (điều còn thiếu).",
                C::Id,
                resting::lacking,
            )
            .column("requestedOn", "When it was requested (ngày đề nghị).", C::RequestedOn)
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .column("decisionDueOn", "By when it is to be decided (hạn quyết định).", C::DecisionDueOn)
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .column("decidedOn", "When it was decided (ngày quyết định).", C::DecidedOn)
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .column("decisionReason", "Why it was decided so (lý do).", C::DecisionReason)
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .stored::<PartialDate>("activeFrom", "Since when it is active (hoạt động từ).", C::ActiveFrom)
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .column("expiresOn", "Its last day, inclusive; null where none is set (ngày hết hạn).", C::ExpiresOn)
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .value_today(
                "daysLeft",
                "How many days are left until its last one, which is 0; negative after it; null where its life is over (số ngày còn lại).",
                [C::ExpiresOn, C::Status],
                |today: &NaiveDate, expires: Option<NaiveDate>, status: LinkStatus| {
                    life::days_left(status, expires, *today)
                },
            )
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .column("noExpiryReason", "Why it has no last day (lý do không có thời hạn).", C::NoExpiryReason)
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .computed::<Move, NoArgs>(
                "migration",
                "The move to another intermediary that lies before it by law; null where there is none (chuyển đổi nền tảng).",
                C::Id,
                false,
                moving::of_links,
            )
            .computed::<LinkHealth, NoArgs>(
                "health",
                "Whether it answers (tình trạng hoạt động).",
                C::Id,
                true,
                LinkHealth::load,
            )
            .page::<link_check::Entity, NoArgs>(
                "checks",
                "What checks of it said, oldest first; for those who see the endpoint (các lần kiểm tra).",
                C::Id,
                |_| Link::column(link_check::Column::LinkId),
            )
            .computed_list(
                "statistics",
                "What went over it, by hour, day or month; buckets without a call are left out (thống kê).",
                C::Id,
                statistics::of_links,
            )
            .page::<link_transition::Entity, NoArgs>(
                "history",
                "The steps of its life, and where until when, on what it rests or through what it is known to run changed between them, oldest first; none is earlier than the one before it, whatever the clocks said (lịch sử).",
                C::Id,
                |_| Link::column(link_transition::Column::LinkId),
            )
            .one::<source::Entity>("evidence", "Where it is told (nguồn).", C::EvidenceId)
            .column("version", "Counts its changes; updates name the one they have seen.", C::Version)
    }
}

impl Noun for link_transition::Entity {
    const NAME: &'static str = "LinkTransition";
    const DOC: &'static str = "One step in the life of a data link; or, from a state to the same one, a change of until when it operates, on what it rests or through what it is known to run (chuyển trạng thái).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_transitions(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use link_transition::Column as C;
        declare
            .stored::<LinkStatus>("from", "The state before; null at the beginning (từ trạng thái).", C::FromStatus)
            .stored::<LinkStatus>("to", "The state after (sang trạng thái).", C::ToStatus)
            .column("at", "When (thời điểm).", C::At)
            .column("by", "Who (người thực hiện).", C::By)
            .column("reason", "Why (lý do).", C::Reason)
            .one::<legal_document::Entity>("legalBasis", "On which law: the first of them (căn cứ).", C::LegalBasisId)
            .list::<legal_document::Entity>(
                "legalBases",
                "On which laws, all of them; of a change between steps those that it rests on from then on (các căn cứ).",
                C::Id,
                || {
                    use link_transition_basis::Column as Basis;
                    Link::through(Basis::TransitionId, Basis::DocumentId, legal_document::Column::Id)
                },
                Order::by_key,
            )
            .stored::<Intermediary>(
                "intermediary",
                "Through what the link runs after it (nền tảng trung gian).",
                C::Intermediary,
            )
            .column("expiresOn", "The link's last day after it, inclusive; null where none is set (ngày hết hạn).", C::ExpiresOn)
            .column("noExpiryReason", "Why the link has no last day after it (lý do không có thời hạn).", C::NoExpiryReason)
            .one::<agreement::Entity>(
                "agreement",
                "The agreement that the link rests on after it; null for those who may not know (thoả thuận).",
                C::AgreementId,
            )
    }
}

/// Which links.
#[derive(InputObject)]
struct DataLinkFilter {
    /// In these states (trạng thái).
    statuses: Option<Vec<LinkStatus>>,
    /// Through these (nền tảng trung gian).
    intermediaries: Option<Vec<Intermediary>>,
    /// With a system of these areas at either end, by code: every unit that ever held it, or that holds it on `on` (địa bàn).
    areas: Option<Vec<String>>,
    /// The day on which the codes of `areas` are read (ngày của mã).
    on: Option<Date>,
    /// With these systems at either end, by code (hệ thống).
    systems: Option<Vec<String>>,
    /// Of this health (tình trạng hoạt động).
    health: Option<Vec<HealthState>>,
    /// Whose last day is today or within so many days, 0 to 36500, and whose life is not over (sắp hết hạn).
    expiring_within_days: Option<i32>,
    /// Those that must move to another intermediary within so many days, 0 to 36500, or should have done so already (sắp đến hạn chuyển đổi).
    migration_due_within_days: Option<i32>,
    /// Those that rest on a legal document that has expired, themselves or by their agreement, or those that do not, whether or not their own life is over (căn cứ hết hiệu lực).
    rests_on_expired: Option<bool>,
    /// Those that operate (ACTIVE, MIGRATING) and lack any of these today; of links whose details the caller sees (điều còn thiếu).
    lacking: Option<Vec<LinkNeed>>,
    /// Those that rest on this agreement (thoả thuận).
    agreement: Option<ID>,
    /// Those that are REQUESTED or UNDER_REVIEW though they were to be decided before today, or those that are not; of links whose details the caller sees (quá hạn quyết định).
    decision_overdue: Option<bool>,
    /// Those whose code or content has this text; marks and case do not matter (từ khoá).
    text: Option<String>,
}

/// What links are ordered by.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum DataLinkOrderField {
    /// The code (mã).
    Code,
    /// The state, by its name (trạng thái).
    Status,
    /// The last day; those without one come last (ngày hết hạn).
    ExpiresOn,
}

/// How links are ordered.
#[derive(InputObject)]
struct DataLinkOrder {
    /// By what.
    field: DataLinkOrderField,
    /// Which way.
    direction: SortDirection,
}

/// The arguments of lists of links.
#[derive(InputObject)]
pub struct DataLinks {
    /// Which of them.
    filter: Option<DataLinkFilter>,
    /// In which order; as recorded by default.
    order_by: Option<DataLinkOrder>,
    /// Whether the caller sees the details of all links; what is not seen does not order them.
    #[graphql(skip)]
    details: bool,
}

impl Args for DataLinks {
    fn settle(&mut self, op: &Op) -> Result<(), Refusal> {
        self.details = policy::sees_link_details(op.caller()) == Places::Everywhere;
        let Some(filter) = &self.filter else { return Ok(()) };
        for (path, days) in [
            ("filter.expiringWithinDays", filter.expiring_within_days),
            ("filter.migrationDueWithinDays", filter.migration_due_within_days),
        ] {
            if days.is_some_and(|days| !(0..=36_500).contains(&days)) {
                let wrong = Message::new("Số ngày phải từ 0 đến 36500.", "The number of days must be 0 to 36500.");
                return Err(Refusal::field(path, "OUT_OF_RANGE", wrong));
            }
        }
        territory::graphql::check_areas("filter.areas", filter.areas.as_ref())
    }
}

impl Listing for DataLinks {
    fn condition(&self, op: &Op) -> Condition {
        let Some(filter) = &self.filter else { return Condition::all() };
        let expired = |yes| {
            let rests = store::resting::links_on_expired(op);
            if yes { rests } else { rests.not() }
        };
        // What is not seen does not narrow them either.
        let days = |days: i32| {
            let days = u64::try_from(days).unwrap_or(0);
            Condition::all().add(store::expiring(op.today(), days)).add(store::detailed(op))
        };
        // What was never given out names no agreement.
        let under = |id: &ID| match GlobalId::of::<agreement::Entity>(id) {
            Ok(id) => store::resting::links_of_agreement(op, AgreementId(id)),
            Err(_) => Condition::all().add(Expr::val(false)),
        };
        let moving = |days: i32| {
            let within = |deadline: &&Deadline| (deadline.due_on - op.today()).num_days() <= days.into();
            store::link::to_move(op.app().settings().deadlines.iter().filter(within))
        };
        Condition::all()
            .add_option(filter.statuses.as_ref().map(|statuses| op.among(C::Status, words(statuses))))
            .add_option(filter.intermediaries.as_ref().map(|through| op.among(C::Intermediary, words(through))))
            .add_option(filter.areas.as_ref().map(|codes| store::links_with_areas(op, codes, filter.on.map(|d| d.0))))
            .add_option(filter.systems.as_ref().map(|codes| store::links_with_systems(op, codes)))
            .add_option(filter.health.as_ref().map(|states| health::store::in_states(op, states)))
            .add_option(filter.expiring_within_days.map(days))
            .add_option(filter.migration_due_within_days.map(moving))
            .add_option(filter.rests_on_expired.map(expired))
            .add_option(filter.lacking.as_ref().map(|needs| store::resting::lacking(op, needs)))
            .add_option(filter.agreement.as_ref().map(under))
            .add_option(filter.decision_overdue.map(|overdue| store::resting::decision_overdue(op, overdue)))
            .add_option(filter.text.as_ref().map(|t| op.has(C::Search, t)))
    }
    fn order(&self) -> Order {
        match &self.order_by {
            None => Order::by_key(),
            Some(DataLinkOrder { field: DataLinkOrderField::Code, direction }) => {
                direction.by("CODE", C::Code, Sorted::Text)
            }
            Some(DataLinkOrder { field: DataLinkOrderField::Status, direction }) => {
                direction.by("STATUS", C::Status, Sorted::Text)
            }
            Some(DataLinkOrder { field: DataLinkOrderField::ExpiresOn, .. }) if !self.details => Order::by_key(),
            Some(DataLinkOrder { field: DataLinkOrderField::ExpiresOn, direction }) => {
                direction.by("EXPIRES_ON", C::ExpiresOn, Sorted::Date)
            }
        }
    }
}
