//! GraphQL types for data links: the link, its history, its filters and its order.

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
            .column("code", "The unique code of the link, like \"pt-lgsp--vn-ndxp\" (mã).", C::Code)
            .one::<information_system::Entity>(
                "source",
                "The source system (hệ thống nguồn).",
                C::SourceSystemId,
            )
            .one::<information_system::Entity>(
                "target",
                "The target system (hệ thống đích).",
                C::TargetSystemId,
            )
            .stored::<Intermediary>("intermediary", "The platform that the data pass through (nền tảng trung gian).", C::Intermediary)
            .stored::<SharingMethod>(
                "method",
                "The method of sharing; null if no source states it (phương thức).",
                C::Method,
            )
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .stored::<LinkDirection>("direction", "Whether data flow from source to target only, or both ways (chiều).", C::Direction)
            .stored::<Environment>("environment", "The environment that the link runs in (môi trường).", C::Environment)
            .stored::<LinkStatus>(
                "status",
                "Status today. An ACTIVE or SUSPENDED link becomes EXPIRED on the day after `expiresOn` (trạng thái).",
                C::Status,
            )
            .column("carries", "The data that the link carries (nội dung dữ liệu).", C::Carries)
            .one::<information_system::Entity>(
                "via",
                "The network that the link runs over, such as the WAN between LGSP and NDXP; null if none is stated (qua mạng).",
                C::ViaId,
            )
            .column("purpose", "The purpose of the link (mục đích).", C::Purpose)
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .column("endpoint", "The URL of the link, which health checks probe (điểm cuối).", C::Endpoint)
            .only(policy::sees_endpoints, &store::LINK_AREAS)
            .list::<legal_document::Entity>(
                "legalBasis",
                "The link's own legal basis; its agreement may have more documents (căn cứ pháp lý).",
                C::Id,
                || {
                    use data_link_basis::Column as Basis;
                    Link::through(Basis::LinkId, Basis::DocumentId, legal_document::Column::Id)
                },
                Order::by_key,
            )
            .one::<agreement::Entity>(
                "agreement",
                "The agreement that covers the link; null if there is none or the caller may not see it (thoả thuận).",
                C::AgreementId,
            )
            .computed_value(
                "restsOnExpired",
                "True if a document in the link's legal basis, or in that of its agreement if the caller may see it, is no longer in force today (có căn cứ hết hiệu lực).",
                C::Id,
                resting::links_on_expired,
            )
            .computed_value(
                "lacking",
                "Requirements for ACTIVE that an ACTIVE or MIGRATING link does not meet today. Empty for links in other states, and for callers who may not see the link's details (điều còn thiếu).",
                C::Id,
                resting::lacking,
            )
            .column("requestedOn", "The day on which the link was requested (ngày đề nghị).", C::RequestedOn)
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .column("decisionDueOn", "The day by which the request is to be decided (hạn quyết định).", C::DecisionDueOn)
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .column("decidedOn", "The day on which the request was approved or rejected; null before (ngày quyết định).", C::DecidedOn)
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .column("decisionReason", "The reason given for the decision (lý do).", C::DecisionReason)
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .stored::<PartialDate>("activeFrom", "When the link first became active, as precisely as known; null if unknown or not yet (hoạt động từ).", C::ActiveFrom)
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .column("expiresOn", "The expiry date, inclusive; null if none is set (ngày hết hạn).", C::ExpiresOn)
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .value_today(
                "daysLeft",
                "Days until the link expires: 0 on the last day, negative afterwards. Null if the link has no expiry date or has ended (số ngày còn lại).",
                [C::ExpiresOn, C::Status],
                |today: &NaiveDate, expires: Option<NaiveDate>, status: LinkStatus| {
                    life::days_left(status, expires, *today)
                },
            )
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .column("noExpiryReason", "Why the link has no expiry date (lý do không có thời hạn).", C::NoExpiryReason)
            .only(policy::sees_link_details, &store::LINK_AREAS)
            .computed::<Move, NoArgs>(
                "migration",
                "The migration to another intermediary that the law requires of this link; null if there is none or it is done (chuyển đổi nền tảng).",
                C::Id,
                false,
                moving::of_links,
            )
            .computed::<LinkHealth, NoArgs>(
                "health",
                "Whether the link's endpoint responds to health checks (tình trạng hoạt động).",
                C::Id,
                true,
                LinkHealth::load,
            )
            .page::<link_check::Entity, NoArgs>(
                "checks",
                "Results of health checks, oldest first; empty for callers who may not see the endpoint (các lần kiểm tra).",
                C::Id,
                |_| Link::column(link_check::Column::LinkId),
            )
            .computed_list_by_fields(
                "statistics",
                "Calls over the link by hour, day or month, oldest first. Periods without a call are omitted (thống kê).",
                C::Id,
                statistics::of_links,
            )
            .page::<link_transition::Entity, NoArgs>(
                "history",
                "Status transitions, and changes of expiry, agreement, legal basis or intermediary between them, oldest first. Times never decrease, even if a server clock was set back (lịch sử).",
                C::Id,
                |_| Link::column(link_transition::Column::LinkId),
            )
            .one::<source::Entity>("evidence", "The source that mentions the link (nguồn).", C::EvidenceId)
            .column("version", "The version number, incremented by each change. Updates must state the expected version (phiên bản).", C::Version)
    }
}

impl Noun for link_transition::Entity {
    const NAME: &'static str = "LinkTransition";
    const DOC: &'static str = "A status transition of a data link. An entry whose `from` and `to` are equal records a change of expiry, agreement, legal basis or intermediary (chuyển trạng thái).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_transitions(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use link_transition::Column as C;
        declare
            .stored::<LinkStatus>("from", "The status before; null for the first entry (từ trạng thái).", C::FromStatus)
            .stored::<LinkStatus>("to", "The status after (sang trạng thái).", C::ToStatus)
            .column("at", "When the change was recorded (thời điểm).", C::At)
            .column("by", "Who made the change: `user:` with a user name, or `system` for an expiry that the server recorded (người thực hiện).", C::By)
            .column("reason", "The reason for the change (lý do).", C::Reason)
            .one::<legal_document::Entity>("legalBasis", "The first document in `legalBases` (căn cứ).", C::LegalBasisId)
            .list::<legal_document::Entity>(
                "legalBases",
                "The legal basis of the transition. For a change without a transition: the link's complete legal basis from then on (các căn cứ).",
                C::Id,
                || {
                    use link_transition_basis::Column as Basis;
                    Link::through(Basis::TransitionId, Basis::DocumentId, legal_document::Column::Id)
                },
                Order::by_key,
            )
            .stored::<Intermediary>(
                "intermediary",
                "The link's intermediary after the change (nền tảng trung gian).",
                C::Intermediary,
            )
            .column("expiresOn", "The link's expiry date after the change, inclusive; null if none is set (ngày hết hạn).", C::ExpiresOn)
            .column("noExpiryReason", "Why the link has no expiry date after the change (lý do không có thời hạn).", C::NoExpiryReason)
            .one::<agreement::Entity>(
                "agreement",
                "The agreement that covers the link after the change; null if there is none or the caller may not see it (thoả thuận).",
                C::AgreementId,
            )
    }
}

/// A filter on data links. All given conditions must hold.
#[derive(InputObject)]
struct DataLinkFilter {
    /// Links with one of these statuses today (trạng thái).
    statuses: Option<Vec<LinkStatus>>,
    /// Links that pass through one of these intermediaries (nền tảng trung gian).
    intermediaries: Option<Vec<Intermediary>>,
    /// Links with a system of one of these areas at either end, by code. A code means the unit that holds it on `on`; without `on`, every unit that ever held it (địa bàn).
    areas: Option<Vec<String>>,
    /// The day on which the codes in `areas` are looked up (ngày của mã).
    on: Option<Date>,
    /// Links with one of these systems at either end, by code (hệ thống).
    systems: Option<Vec<String>>,
    /// Links in one of these health states (tình trạng hoạt động).
    health: Option<Vec<HealthState>>,
    /// Links that expire within this many days, 0 to 36500 (0 is today), and have not ended; only links whose details the caller may see (sắp hết hạn).
    expiring_within_days: Option<i32>,
    /// Links that must migrate to another intermediary within this many days, 0 to 36500, or are already late (sắp đến hạn chuyển đổi).
    migration_due_within_days: Option<i32>,
    /// True: links whose `restsOnExpired` is true. False: the others. Links that have ended are included (căn cứ hết hiệu lực).
    rests_on_expired: Option<bool>,
    /// ACTIVE and MIGRATING links that do not meet at least one of these requirements today; only links whose details the caller may see (điều còn thiếu).
    lacking: Option<Vec<LinkNeed>>,
    /// Links that are covered by this agreement (thoả thuận).
    agreement: Option<ID>,
    /// True: links that are still REQUESTED or UNDER_REVIEW after `decisionDueOn`. False: the others. Only links whose details the caller may see (quá hạn quyết định).
    decision_overdue: Option<bool>,
    /// Links whose code or carried data contain this text. Tone marks and case are ignored (từ khoá).
    text: Option<String>,
}

/// The field that orders a list of data links.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum DataLinkOrderField {
    /// The code (mã).
    Code,
    /// The status, alphabetically (trạng thái).
    Status,
    /// The expiry date. Links without one come last. Callers who may not see the details of all links get the default order (ngày hết hạn).
    ExpiresOn,
}

/// The order of a list of data links.
#[derive(InputObject)]
struct DataLinkOrder {
    /// The field to order by.
    field: DataLinkOrderField,
    /// Ascending or descending.
    direction: SortDirection,
}

/// Arguments of lists of data links.
#[derive(InputObject)]
pub struct DataLinks {
    /// Which links to list; all by default (bộ lọc).
    filter: Option<DataLinkFilter>,
    /// The order of the list; the order of recording by default.
    order_by: Option<DataLinkOrder>,
    /// Whether the caller may see the details of all links. If not, the expiry date must not order them: the order would reveal it.
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
        // A filter on a date that the caller may not see would reveal the date.
        let days = |days: i32| {
            let days = u64::try_from(days).unwrap_or(0);
            Condition::all().add(store::expiring(op, days)).add(store::detailed(op))
        };
        // An id of the wrong form matches no link; it is not an error.
        let under = |id: &ID| match GlobalId::of::<agreement::Entity>(id) {
            Ok(id) => store::resting::links_of_agreement(op, AgreementId(id)),
            Err(_) => Condition::all().add(Expr::val(false)),
        };
        let moving = |days: i32| {
            let within = |deadline: &&Deadline| (deadline.due_on - op.today()).num_days() <= days.into();
            store::link::to_move(op, op.app().settings().deadlines.iter().filter(within))
        };
        Condition::all()
            .add_option(filter.statuses.as_ref().map(|statuses| store::link::with_status(op, statuses)))
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
