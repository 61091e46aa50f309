//! The closed vocabularies of the API. Each value is stored as the word that the API shows, so that a row can be read
//! without a lookup table. Values are only ever added: renaming one would orphan the rows that hold it.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident),+ $(,)? })+) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Enum, Serialize, Deserialize)]
        #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum $name { $($(#[$value_doc])* $value),+ }
        impl $name {
            /// The word that is stored and shown, such as `IN_FORCE`.
            pub fn word(self) -> String {
                self.to_value()
            }
        }
    )+ };
}

kinds! {
    /// The administrative level of a territorial unit (cấp hành chính).
    AdministrativeLevel {
        /// The country (cả nước).
        Country,
        /// A province or a centrally run city (cấp tỉnh).
        Province,
        /// A district (cấp huyện). This level was abolished on 2025-07-01.
        District,
        /// A commune, ward or special zone (cấp xã).
        Commune,
    }
    /// The type of a territorial unit (loại đơn vị hành chính). The type may change during the unit's life.
    AdministrativeUnitType {
        /// The country (nước).
        Country,
        /// A province (tỉnh).
        Province,
        /// A centrally run city (thành phố trực thuộc trung ương).
        CentralCity,
    }
    /// How a territorial unit was succeeded by another (hình thức kế thừa).
    SuccessionKind {
        /// Several units merged into one new unit (sáp nhập).
        Merged,
        /// One unit was divided into several (chia tách).
        Split,
        /// The same territory received another code (đổi mã).
        Recoded,
    }
    /// A role of a user (vai trò). The roles of one user add up; all of them apply in the user's area.
    Role {
        /// Reads SHARED observations and the details of data links, in addition to public data (người tra cứu).
        Viewer,
        /// Records and revises observations, plans, targets and tasks, and submits observations for review
        /// (cán bộ nhập liệu).
        Editor,
        /// Publishes or returns observations that others submitted, and withdraws published ones (người phê duyệt).
        Approver,
        /// Maintains agencies, legal documents, systems, data links, agreements and grants (cán bộ đăng ký kết nối).
        Registrar,
        /// Reads the audit log; revokes agreements, grants, clients and sessions. Edits no data
        /// (cán bộ an toàn thông tin).
        SecurityOfficer,
        /// Manages users, clients, indicators and territory. May perform the actions of other roles in an emergency;
        /// each such action is audited as one (quản trị).
        Admin,
    }
    /// The status of an agreement or a grant, computed when it is read (trạng thái thoả thuận, quyền truy cập).
    GrantStatus {
        /// Not in effect yet: its start lies ahead, or the agreement was not activated (chưa hiệu lực).
        Pending,
        /// In effect (đang hiệu lực).
        Active,
        /// Past its expiry date (hết hạn).
        Expired,
        /// Revoked before its expiry date (đã thu hồi).
        Revoked,
    }
    /// A requirement that a data link in operation fails to meet (điều còn thiếu của kết nối).
    LinkNeed {
        /// A legal basis: an active agreement that cites at least one legal document in force, or a legal document in
        /// force cited by the link itself (thoả thuận hoặc căn cứ pháp lý còn hiệu lực).
        Ground,
        /// An approved information-security level of the source system
        /// (cấp độ an toàn của hệ thống nguồn được phê duyệt).
        SourceApproval,
        /// An approved information-security level of the target system
        /// (cấp độ an toàn của hệ thống đích được phê duyệt).
        TargetApproval,
        /// An expiry date that has not passed, or a stated reason for having none (ngày hết hạn, hoặc lý do không có).
        LastDay,
    }
    /// The status of a proposal (trạng thái đề xuất).
    ProposalStatus {
        /// Not decided yet (chờ quyết định).
        Pending,
        /// Accepted: the server has applied the proposed change (đã chấp nhận).
        Accepted,
        /// Rejected: nothing was changed (đã từ chối).
        Rejected,
    }
    /// A type of record that search finds. Hits with equal scores are listed in this order (loại kết quả tìm kiếm).
    SearchType {
        /// Provinces, centrally run cities and the country, including former units (đơn vị hành chính).
        AdministrativeUnit,
        /// Plans (kế hoạch).
        Plan,
        /// Legal documents (văn bản pháp luật).
        LegalDocument,
        /// Indicators (chỉ tiêu).
        Indicator,
        /// Information systems (hệ thống thông tin).
        InformationSystem,
        /// Data links (kết nối).
        DataLink,
        /// Agencies (cơ quan).
        Agency,
    }
    /// Whether a legal document is in force on a given day (tình trạng hiệu lực).
    LegalStatus {
        /// Not in force yet (chưa có hiệu lực).
        NotYet,
        /// In force (còn hiệu lực).
        InForce,
        /// Part of it has expired (hết hiệu lực một phần). Reserved: no document has this status at present.
        PartlyExpired,
        /// No longer in force (hết hiệu lực).
        Expired,
        /// Unknown: the first day in force is not recorded (chưa rõ hiệu lực).
        Unknown,
    }
    /// The kind of an agency (loại cơ quan).
    AgencyKind {
        /// The Government or another central authority (Chính phủ, Trung ương).
        Government,
        /// A ministry or a central agency (bộ, ngành).
        Ministry,
        /// A People's Committee (Uỷ ban nhân dân).
        PeoplesCommittee,
        /// A People's Council (Hội đồng nhân dân).
        PeoplesCouncil,
        /// A Party organisation (cơ quan Đảng).
        Party,
        /// A provincial department (sở, ban).
        Department,
        /// A steering committee (ban chỉ đạo).
        SteeringCommittee,
        /// A public service unit (đơn vị sự nghiệp công lập).
        PublicServiceUnit,
        /// An enterprise (doanh nghiệp).
        Enterprise,
        /// A newspaper or broadcaster (cơ quan báo chí).
        Press,
        /// Any other agency, or a class of agencies (cơ quan khác).
        Other,
    }
    /// The kind of value that an indicator measures (kiểu giá trị).
    ValueType {
        /// A whole number of things (số lượng).
        Count,
        /// A measured quantity (đại lượng).
        Quantity,
        /// A percentage (tỷ lệ phần trăm).
        Percent,
        /// A number per 100 inhabitants (trên 100 dân).
        #[sea_orm(string_value = "PER_100")]
        #[serde(rename = "PER_100")]
        #[graphql(name = "PER_100")]
        Per100,
        /// A speed in megabits per second (tốc độ).
        Speed,
        /// An amount of money in Vietnamese đồng, VND (số tiền).
        Money,
        /// A rank (thứ hạng). Lower is better.
        Rank,
        /// A score awarded by another agency (điểm số).
        Score,
        /// Text without a number (mô tả bằng lời).
        Text,
    }
    /// Whether a higher or a lower value of an indicator is better (chiều đánh giá).
    Direction {
        /// Higher is better (càng cao càng tốt).
        HigherBetter,
        /// Lower is better (càng thấp càng tốt).
        LowerBetter,
        /// Neither is better (trung tính).
        Neutral,
    }
    /// How observations of merged units combine into one value for their successor (quy tắc gộp khi sáp nhập). The
    /// result is null when an input is missing, unless the rule says otherwise.
    MergeRule {
        /// The sum, for counts such as stations, subscribers or kilometres. With `allowPartial`, missing inputs are
        /// skipped (tổng).
        Sum,
        /// The sum of the numerators divided by the sum of the denominators (tỷ số của các tổng).
        RatioOfSums,
        /// The mean, weighted by another indicator of the same period (bình quân gia quyền).
        WeightedMean,
        /// The unweighted mean (bình quân).
        Mean,
        /// The smallest value (nhỏ nhất).
        Min,
        /// The largest value (lớn nhất).
        Max,
        /// No combination: for ranks, scores and overlapping sets. The result is always null (không gộp).
        None,
    }
    /// The topic of an indicator (nhóm chỉ tiêu).
    Topic {
        /// Telecommunications (viễn thông).
        Telecom,
        /// Data centres and cloud computing (trung tâm dữ liệu, điện toán đám mây).
        DataCenterCloud,
        /// Digital platforms (nền tảng số).
        DigitalPlatform,
        /// Data sharing (kết nối, chia sẻ dữ liệu).
        DataSharing,
        /// Public services (dịch vụ công).
        PublicService,
        /// Information security (an toàn thông tin).
        Security,
        /// The digital economy (kinh tế số).
        DigitalEconomy,
        /// The digital society (xã hội số).
        DigitalSociety,
        /// Governance indices (chỉ số quản trị).
        GovernanceIndex,
    }
    /// How the source qualifies a number (từ hạn định).
    Qualifier {
        /// Exactly the number (đúng bằng).
        Exact,
        /// About the number (khoảng). Compared as if it were exact.
        About,
        /// More than the number (trên, hơn).
        Over,
        /// Less than the number, but near it (gần). "gần 85" is UNDER 85.
        Under,
        /// At least the number (tối thiểu).
        AtLeast,
        /// At most the number (tối đa).
        AtMost,
        /// Among the first n of a ranking, where n is the number (tốp, nhóm dẫn đầu).
        TopN,
    }
    /// The status of an observation, modelled on SDMX's observation status (tình trạng số liệu).
    ObservationStatus {
        /// As stated by an agency or a source (chính thức).
        Official,
        /// Provisional, not final (sơ bộ).
        Provisional,
        /// Estimated (ước tính).
        Estimated,
        /// A forecast (dự báo).
        Forecast,
        /// A break in the series: from here on the methodology differs from that of earlier observations (gãy chuỗi).
        Break,
        /// The source's definition differs from the indicator's, so the observation is not compared with others
        /// (khác định nghĩa).
        DefinitionDiffers,
        /// The source states that no value exists (không có số liệu).
        Missing,
    }
    /// The state of an observation in the review workflow (trạng thái duyệt).
    ReviewState {
        /// Being entered, not submitted yet (nháp).
        Draft,
        /// Waiting for an approver's decision (chờ duyệt).
        Submitted,
        /// Returned by an approver. To correct it, record a new revision (trả lại).
        Returned,
        /// Approved and published (đã công bố).
        Published,
        /// Withdrawn after publication (đã thu hồi).
        Withdrawn,
    }
    /// The sharing class of data under Data Law 60/2024/QH15 (loại dữ liệu theo mức độ chia sẻ).
    SharingClass {
        /// Open data (dữ liệu mở): everybody may read it once it is published.
        Open,
        /// Shared data (dữ liệu dùng chung): read by users of its area who have any role but SECURITY_OFFICER, and by
        /// clients under a grant.
        Shared,
        /// Private data (dữ liệu dùng riêng): for the area that it belongs to. Others read it only under a grant.
        Private,
    }
    /// The severity of a finding (mức độ).
    Severity {
        /// For information; no action needed (thông tin).
        Info,
        /// Should be checked (cảnh báo).
        Warning,
        /// Wrong, must be corrected (lỗi).
        Error,
    }
    /// The kind of planning document (loại văn bản).
    PlanKind {
        /// A plan (kế hoạch).
        Plan,
        /// A scheme (đề án).
        Scheme,
        /// A programme (chương trình).
        Programme,
        /// A resolution (nghị quyết).
        Resolution,
        /// A master plan (quy hoạch).
        MasterPlan,
        /// A project (dự án).
        Project,
        /// Aims and measures that a source states without naming a plan (định hướng). One such record per province.
        Direction,
    }
    /// The status of a plan, as its source states it (tình trạng văn bản).
    PlanStatus {
        /// Proposed (đề xuất).
        Proposed,
        /// Being drafted (đang xây dựng).
        Drafting,
        /// Issued (đã ban hành).
        Issued,
        /// In force (đang thực hiện).
        InForce,
        /// Being revised (đang điều chỉnh).
        UnderRevision,
        /// Its period has ended (hết giai đoạn).
        PeriodPast,
        /// Completed (hoàn thành).
        Completed,
        /// Superseded by another plan (được thay thế).
        Superseded,
        /// Carried on by the successor of the unit that issued it (được kế thừa).
        Inherited,
        /// The source states no status (không nêu).
        NotStated,
    }
    /// How a plan relates to another plan or to a legal document (quan hệ giữa các văn bản).
    PlanRelationKind {
        /// Is based on (căn cứ).
        BasedOn,
        /// Implements (thực hiện).
        Implements,
        /// Contributes to (góp phần thực hiện).
        ContributesTo,
        /// Supports (phục vụ).
        Supports,
        /// Is a phase of (giai đoạn của).
        PhaseOf,
        /// Is integrated into (tích hợp trong).
        IntegratedIn,
        /// Revises (điều chỉnh).
        Revises,
        /// Proposes (đề xuất).
        Proposes,
        /// Is about (về).
        IsAbout,
        /// Replaces (thay thế).
        Replaces,
        /// Inherits from a plan of a merged unit (kế thừa).
        Inherits,
    }
    /// The kind of a task (loại nhiệm vụ).
    TaskKind {
        /// An objective (mục tiêu).
        Objective,
        /// A key task (nhiệm vụ trọng tâm).
        KeyTask,
        /// A measure (giải pháp).
        Measure,
    }
    /// The status of a task (tình trạng nhiệm vụ).
    TaskStatus {
        /// The source states no status (không nêu).
        NotStated,
        /// Not started (chưa bắt đầu).
        NotStarted,
        /// On track (đúng tiến độ).
        OnTrack,
        /// At risk (có nguy cơ chậm).
        AtRisk,
        /// Overdue: not done although its due date has passed (quá hạn). Computed for today; clients cannot enter it. A
        /// NOT_STATED task never becomes OVERDUE.
        Overdue,
        /// Done (hoàn thành).
        Done,
        /// Cancelled (huỷ bỏ).
        Cancelled,
    }
    /// The status of a target, judged by observations (mức độ đạt mục tiêu).
    AttainmentStatus {
        /// Met (đạt).
        Achieved,
        /// Not met yet, but on the straight line from the baseline to the target, or better (đúng tiến độ).
        OnTrack,
        /// Not met yet, and progress cannot be judged: there is no baseline, no observation after it, or no due date
        /// (đang thực hiện).
        InProgress,
        /// Not met yet and worse than the straight line from the baseline to the target; or due and not met
        /// (chậm, không đạt).
        Behind,
        /// No observation decides: there is none at all, or none from the due period on (chưa có số liệu).
        NoData,
        /// The target is stated in words, without a number (không đo được).
        NotMeasurable,
        /// Observations and target cannot be compared: definition or methodology differs, or the unit ended before the
        /// due date without having met the target (không so sánh được).
        NotComparable,
    }
    /// The kind of an information system (loại hệ thống).
    SystemKind {
        /// A platform that integrates and shares data, such as an LGSP, NDXP or NDOP
        /// (nền tảng tích hợp, chia sẻ dữ liệu).
        IntegrationPlatform,
        /// A national digital platform (nền tảng số quốc gia).
        NationalPlatform,
        /// A platform of one sector (nền tảng chuyên ngành).
        SectorPlatform,
        /// A system shared by several agencies (hệ thống dùng chung).
        SharedSystem,
        /// A system for administrative procedures (giải quyết thủ tục hành chính, một cửa).
        AdminProcedure,
        /// A portal (cổng thông tin, cổng dịch vụ công).
        Portal,
        /// An open-data portal (cổng dữ liệu mở).
        OpenDataPortal,
        /// A data warehouse (kho dữ liệu).
        DataWarehouse,
        /// A database (cơ sở dữ liệu).
        Database,
        /// A data centre or a cloud (trung tâm dữ liệu).
        DataCenter,
        /// A smart operations centre (trung tâm điều hành thông minh).
        OperationsCenter,
        /// A security operations centre (trung tâm giám sát an toàn thông tin).
        SecurityCenter,
        /// A network (mạng truyền số liệu).
        Network,
        /// A digital map (bản đồ số).
        Map,
        /// A video-conference system (hội nghị trực tuyến).
        Conference,
        /// A document management or document exchange system (quản lý văn bản, trục liên thông văn bản).
        Document,
        /// An e-mail system (thư điện tử).
        Email,
        /// A payment gateway (cổng thanh toán).
        Payment,
        /// An electronic identification and authentication system (định danh, xác thực điện tử).
        Identity,
        /// Any other system (hệ thống khác).
        Other,
    }
    /// The status of an information system, as its source states it (tình trạng hệ thống).
    SystemStatus {
        /// Planned (dự kiến).
        Planned,
        /// Being built or rolled out (đang triển khai).
        Building,
        /// In a pilot (thử nghiệm).
        Pilot,
        /// In operation (đang vận hành).
        Operating,
        /// Being upgraded (đang nâng cấp).
        Upgrading,
        /// Suspended (tạm dừng).
        Suspended,
        /// Retired (ngừng hoạt động).
        Retired,
        /// The source states no status (không nêu).
        Unknown,
    }
    /// The administrative scope of a system (phạm vi).
    SystemScope {
        /// National (quốc gia).
        National,
        /// Of a ministry or sector (bộ, ngành).
        Ministry,
        /// Provincial (cấp tỉnh).
        Province,
        /// Not known (chưa rõ).
        Unknown,
    }
    /// How one system relates to another, other than by exchanging data (quan hệ giữa các hệ thống).
    SystemRelationKind {
        /// Is part of (thuộc).
        PartOf,
        /// Is hosted at (đặt tại).
        HostedAt,
        /// Runs on (hoạt động trên).
        RunsOn,
        /// Transports the data of (truyền dẫn cho).
        Transports,
        /// Serves (phục vụ).
        Serves,
        /// Uses (sử dụng).
        Uses,
        /// Succeeds (thay thế).
        Succeeds,
    }
    /// How an agency is involved with a system (quan hệ của cơ quan với hệ thống).
    SystemUseKind {
        /// The agency has access to the system (được kết nối).
        Access,
        /// The agency supplies the system (cung cấp).
        Supplies,
        /// The agency uses the system (sử dụng).
        Uses,
        /// The system serves the agency (được phục vụ).
        Serves,
    }
    /// The platform through which a data link runs (nền tảng trung gian).
    Intermediary {
        /// The province's own integration platform (LGSP).
        Lgsp,
        /// The national data exchange platform (NDXP).
        Ndxp,
        /// The national data-sharing and coordination platform of the National Data Centre (NDOP).
        Ndop,
        /// A ministry's platform (nền tảng của bộ).
        Ministry,
        /// The national document axis (trục liên thông văn bản quốc gia).
        DocumentAxis,
        /// No intermediary: the systems are connected directly (trực tiếp).
        Direct,
        /// The source names no intermediary (không nêu).
        Unknown,
    }
    /// The method by which data is shared, as defined by Decree 278/2025, Article 7 (phương thức chia sẻ).
    SharingMethod {
        /// Record by record, on request (tra cứu).
        Query,
        /// Synchronisation of part of the data (đồng bộ một phần).
        SyncPartial,
        /// Synchronisation of all data (đồng bộ toàn bộ).
        SyncFull,
        /// Synchronisation from a lower administrative level to a higher one (đồng bộ lên).
        SyncUp,
        /// Delivery of packaged data (gói dữ liệu).
        Package,
    }
    /// The direction in which data flows over a link (chiều chia sẻ).
    LinkDirection {
        /// From the source to the target only (một chiều).
        OneWay,
        /// In both directions (hai chiều).
        TwoWay,
        /// The source document states no direction (không nêu).
        NotStated,
    }
    /// The environment of a data link (môi trường).
    Environment {
        /// Test (thử nghiệm).
        Test,
        /// Staging (tiền vận hành).
        Staging,
        /// Production (vận hành chính thức).
        Production,
    }
    /// The state of a data link in its life cycle (trạng thái kết nối).
    LinkStatus {
        /// Planned: a source states the intention (dự kiến).
        Planned,
        /// Draft (nháp).
        Draft,
        /// Requested (đã đề nghị).
        Requested,
        /// Under review (đang xem xét).
        UnderReview,
        /// Rejected, with a reason and a legal basis (từ chối).
        Rejected,
        /// Approved (chấp thuận).
        Approved,
        /// Being built or tested (đang thử nghiệm).
        Testing,
        /// In operation (đang hoạt động).
        Active,
        /// Suspended; may be resumed (tạm dừng).
        Suspended,
        /// In operation, and moving to another intermediary (đang chuyển đổi).
        Migrating,
        /// Expired: its expiry date has passed (hết hạn).
        Expired,
        /// Revoked (thu hồi).
        Revoked,
        /// Retired (ngừng).
        Retired,
    }
    /// The health of a data link's endpoint, as probed by the server (tình trạng hoạt động).
    HealthState {
        /// The last probe succeeded (hoạt động tốt).
        Up,
        /// The last probe was slow, or one or two probes in a row failed (chập chờn).
        Degraded,
        /// Three or more probes in a row failed (gián đoạn).
        Down,
        /// Not known: the link has not been probed recently, or is not in use (chưa rõ).
        Unknown,
    }
    /// The end of a data link that reports a call (bên báo cáo).
    ReportSide {
        /// The end that made the call (bên khai thác).
        Consumer,
        /// The end that answered the call (bên cung cấp); on a ONE_WAY link, the source. Where both ends report a call,
        /// statistics use the provider's report.
        Provider,
    }
    /// The outcome of a call over a data link (kết quả trao đổi).
    ExchangeOutcome {
        /// The call succeeded (thành công).
        Succeeded,
        /// The call failed, or was answered with an error (lỗi).
        Failed,
        /// The call was not permitted (bị từ chối).
        Denied,
    }
    /// The length of the interval over which calls are counted (khoảng thời gian).
    Bucket {
        /// An hour (giờ).
        Hour,
        /// A calendar day in Việt Nam, UTC+7 (ngày).
        Day,
        /// A calendar month in Việt Nam, UTC+7 (tháng).
        Month,
    }
    /// The outcome of a probe of a data link (kết quả kiểm tra).
    CheckOutcome {
        /// A response in time (có phản hồi).
        Answered,
        /// A response, but a slow one: at or above the configured threshold, 2000 ms by default (phản hồi chậm).
        Slow,
        /// No response, or a response with an error (không phản hồi hoặc lỗi).
        Failed,
    }
    /// A type of record that the change feed covers (loại bản ghi).
    ChangeType {
        /// An observation (số liệu).
        Observation,
        /// An indicator (chỉ tiêu).
        Indicator,
        /// A plan (kế hoạch).
        Plan,
        /// A target of a plan (mục tiêu).
        PlanTarget,
        /// A task of a plan (nhiệm vụ).
        PlanTask,
        /// An information system (hệ thống thông tin).
        InformationSystem,
        /// A data link (kết nối).
        DataLink,
        /// An agreement (thoả thuận).
        Agreement,
        /// A grant (quyền truy cập).
        AccessGrant,
        /// An agency (cơ quan).
        Agency,
        /// A legal document (văn bản pháp luật).
        LegalDocument,
        /// A territorial unit (đơn vị hành chính).
        AdministrativeUnit,
    }
    /// What happened to a record (loại thay đổi).
    ChangeAction {
        /// Created (tạo mới).
        Created,
        /// Changed; publishing an observation counts as a change (cập nhật).
        Updated,
        /// Withdrawn after publication (thu hồi).
        Withdrawn,
        /// Deleted (xoá).
        Deleted,
    }
    /// The outcome of an audited action (kết quả).
    AuditOutcome {
        /// Performed (thực hiện).
        Ok,
        /// Denied: the caller was not authenticated or not permitted (bị từ chối).
        Denied,
        /// Failed for another reason (thất bại).
        Failed,
    }
}
