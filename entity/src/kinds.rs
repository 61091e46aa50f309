//! The closed vocabularies. Each is stored as the word that the API shows, so that a row can be read by eye and nothing is
//! translated on the way. A vocabulary only grows: a value that was once stored is never renamed.

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
            /// The word that is stored and shown.
            pub fn word(self) -> String {
                self.to_value()
            }
        }
    )+ };
}

kinds! {
    /// The level of a territorial unit (cấp hành chính).
    AdministrativeLevel {
        /// The country (cả nước).
        Country,
        /// A province or a centrally run city (cấp tỉnh).
        Province,
        /// A district (cấp huyện); abolished on 2025-07-01.
        District,
        /// A commune, ward or special zone (cấp xã).
        Commune,
    }
    /// The type of a territorial unit (loại đơn vị hành chính), as of a day.
    AdministrativeUnitType {
        /// The country (nước).
        Country,
        /// A province (tỉnh).
        Province,
        /// A centrally run city (thành phố trực thuộc trung ương).
        CentralCity,
    }
    /// How one unit gave way to another.
    SuccessionKind {
        /// Several units became one new unit (sáp nhập).
        Merged,
        /// One unit became several (chia tách).
        Split,
        /// The same territory was given another code (đổi mã).
        Recoded,
    }
    /// A role (vai trò). Several roles of one person add up.
    Role {
        /// Also reads SHARED figures and the details of links (người tra cứu).
        Viewer,
        /// Also enters and revises figures, plans, targets and tasks (cán bộ nhập liệu).
        Editor,
        /// Publishes, returns and withdraws what others submitted (người phê duyệt).
        Approver,
        /// Keeps agencies, legal documents, systems, links, agreements and grants (cán bộ đăng ký kết nối).
        Registrar,
        /// Reads the audit log, revokes grants, clients and sessions (cán bộ an toàn thông tin).
        SecurityOfficer,
        /// Keeps users, clients and indicators, and does in an emergency what the others may, each such act audited as one (quản trị).
        Admin,
    }
    /// Where an agreement or a grant stands (trạng thái thoả thuận, quyền truy cập).
    GrantStatus {
        /// It does not hold yet (chưa hiệu lực).
        Pending,
        /// It holds (đang hiệu lực).
        Active,
        /// Its time is over (hết hạn).
        Expired,
        /// It was taken back (đã thu hồi).
        Revoked,
    }
    /// What a data link that operates should have by the rules, and may lack (điều còn thiếu của kết nối).
    LinkNeed {
        /// An agreement that binds while a law of its is in force, or a legal basis in force (thoả thuận hoặc căn cứ pháp lý còn hiệu lực).
        Ground,
        /// An approved level of information security of its source (cấp độ an toàn của hệ thống nguồn được phê duyệt).
        SourceApproval,
        /// The same of its target (cấp độ an toàn của hệ thống đích được phê duyệt).
        TargetApproval,
        /// A last day that is not over, or a reason for having none (ngày hết hạn, hoặc lý do không có).
        LastDay,
    }
    /// Whether a proposal was decided on, and how (trạng thái đề xuất).
    ProposalStatus {
        /// Nobody has decided yet (chờ quyết định).
        Pending,
        /// It was accepted: what it proposes was done (đã chấp nhận).
        Accepted,
        /// It was rejected (đã từ chối).
        Rejected,
    }
    /// What can be searched for, in the order in which equally good hits are told (loại kết quả tìm kiếm).
    SearchType {
        /// Provinces, cities and the country, former ones included (đơn vị hành chính).
        AdministrativeUnit,
        /// Plans (kế hoạch).
        Plan,
        /// Legal documents (văn bản pháp luật).
        LegalDocument,
        /// Indicators (chỉ tiêu).
        Indicator,
        /// Information systems (hệ thống thông tin).
        InformationSystem,
        /// Data-sharing connections (kết nối).
        DataLink,
        /// Agencies (cơ quan).
        Agency,
    }
    /// Whether a legal document is in force on a day (hiệu lực).
    LegalStatus {
        /// It is not in force yet (chưa có hiệu lực).
        NotYet,
        /// It is in force (còn hiệu lực).
        InForce,
        /// Part of it has expired (hết hiệu lực một phần).
        PartlyExpired,
        /// It has expired (hết hiệu lực).
        Expired,
        /// Its days are not known.
        Unknown,
    }
    /// What kind of body an agency is (loại cơ quan).
    AgencyKind {
        /// The Government or the centre (Chính phủ, Trung ương).
        Government,
        /// A ministry or a central sector (bộ, ngành).
        Ministry,
        /// A People's Committee (Uỷ ban nhân dân).
        PeoplesCommittee,
        /// A People's Council (Hội đồng nhân dân).
        PeoplesCouncil,
        /// A body of the Party (cơ quan Đảng).
        Party,
        /// A department of a province (sở, ban).
        Department,
        /// A steering committee (ban chỉ đạo).
        SteeringCommittee,
        /// A public service unit (đơn vị sự nghiệp công lập).
        PublicServiceUnit,
        /// An enterprise (doanh nghiệp).
        Enterprise,
        /// A newspaper or broadcaster (cơ quan báo chí).
        Press,
        /// Any other body, or a class of bodies.
        Other,
    }
    /// What sort of number an indicator has (kiểu giá trị).
    ValueType {
        /// A whole number of things (số lượng).
        Count,
        /// A measured quantity (đại lượng).
        Quantity,
        /// A share in per cent (tỷ lệ phần trăm).
        Percent,
        /// So many per hundred inhabitants (trên 100 dân).
        #[sea_orm(string_value = "PER_100")]
        #[serde(rename = "PER_100")]
        #[graphql(name = "PER_100")]
        Per100,
        /// A speed in megabits a second (tốc độ).
        Speed,
        /// An amount of money, in đồng (số tiền).
        Money,
        /// A place in a ranking (thứ hạng): lower is better.
        Rank,
        /// A score that some other body awards (điểm số).
        Score,
        /// Words, no number.
        Text,
    }
    /// Which way an indicator gets better.
    Direction {
        /// More is better.
        HigherBetter,
        /// Less is better.
        LowerBetter,
        /// Neither is better.
        Neutral,
    }
    /// How the figures of merged units combine into one for their successor (quy tắc gộp khi sáp nhập).
    MergeRule {
        /// The sum: stations, subscribers, kilometres.
        Sum,
        /// The sum of the numerators over the sum of the denominators.
        RatioOfSums,
        /// The mean, weighted by another indicator of the same period.
        WeightedMean,
        /// The plain mean.
        Mean,
        /// The smallest.
        Min,
        /// The largest.
        Max,
        /// They cannot be combined: ranks, scores, sets that overlap.
        None,
    }
    /// What an indicator is about (nhóm chỉ tiêu).
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
        /// Indices of governance (chỉ số quản trị).
        GovernanceIndex,
    }
    /// How a printed number is to be taken (từ hạn định).
    Qualifier {
        /// As it stands.
        Exact,
        /// About (khoảng).
        About,
        /// More than (trên, hơn).
        Over,
        /// Less than, but near (gần).
        Under,
        /// No less than (tối thiểu).
        AtLeast,
        /// No more than (tối đa).
        AtMost,
        /// Among the first so many (tốp, nhóm dẫn đầu).
        TopN,
    }
    /// What sort of figure it is, after SDMX's observation status.
    ObservationStatus {
        /// As an office or a source states it (chính thức).
        Official,
        /// Not final (sơ bộ).
        Provisional,
        /// Estimated (ước tính).
        Estimated,
        /// Foreseen (dự báo).
        Forecast,
        /// The series breaks here: another methodology (gãy chuỗi).
        Break,
        /// The source's definition differs from the indicator's.
        DefinitionDiffers,
        /// No figure exists.
        Missing,
    }
    /// Where a figure stands in its review (trạng thái duyệt).
    ReviewState {
        /// Being entered (nháp).
        Draft,
        /// Waiting for an approver (chờ duyệt).
        Submitted,
        /// Sent back to who entered it (trả lại).
        Returned,
        /// Approved and in force (đã công bố).
        Published,
        /// Taken back after publication (đã thu hồi).
        Withdrawn,
    }
    /// The sharing class of data (Data Law 60/2024/QH15).
    SharingClass {
        /// Open data (dữ liệu mở): for everybody.
        Open,
        /// Shared data (dữ liệu dùng chung): for public bodies.
        Shared,
        /// Private data (dữ liệu dùng riêng): for its own body, or under a grant.
        Private,
    }
    /// How grave a finding is.
    Severity {
        /// Worth knowing.
        Info,
        /// Worth a look.
        Warning,
        /// Wrong.
        Error,
    }
    /// What kind of document a plan is (loại văn bản).
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
        /// Aims and measures that a source states without naming a plan (định hướng); one per province.
        Direction,
    }
    /// What the document itself is, as its source tells (tình trạng văn bản).
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
        /// Its period is past (hết giai đoạn).
        PeriodPast,
        /// Completed (hoàn thành).
        Completed,
        /// Another has taken its place (được thay thế).
        Superseded,
        /// Carried on by the successor of its unit (được kế thừa).
        Inherited,
        /// Nothing is said (không nêu).
        NotStated,
    }
    /// How a plan relates to what it rests on.
    PlanRelationKind {
        /// Is based on (căn cứ).
        BasedOn,
        /// Carries out (thực hiện).
        Implements,
        /// Contributes to (góp phần thực hiện).
        ContributesTo,
        /// Supports (phục vụ).
        Supports,
        /// Is a phase of (giai đoạn của).
        PhaseOf,
        /// Is integrated in (tích hợp trong).
        IntegratedIn,
        /// Revises (điều chỉnh).
        Revises,
        /// Proposes (đề xuất).
        Proposes,
        /// Is about (về).
        IsAbout,
        /// Replaces (thay thế).
        Replaces,
        /// Inherits from a plan of a unit that merged (kế thừa).
        Inherits,
    }
    /// What kind of task it is (loại nhiệm vụ).
    TaskKind {
        /// An objective (mục tiêu).
        Objective,
        /// A key task (nhiệm vụ trọng tâm).
        KeyTask,
        /// A measure (giải pháp).
        Measure,
    }
    /// How a task stands (tình trạng nhiệm vụ).
    TaskStatus {
        /// Nothing is said (không nêu).
        NotStated,
        /// Not started (chưa bắt đầu).
        NotStarted,
        /// On track (đúng tiến độ).
        OnTrack,
        /// At risk (có nguy cơ chậm).
        AtRisk,
        /// Overdue: not done though its last day is past. It is computed for today, never entered (quá hạn).
        Overdue,
        /// Done (hoàn thành).
        Done,
        /// Cancelled (huỷ bỏ).
        Cancelled,
    }
    /// How a target stands against the figures (mức độ đạt mục tiêu).
    AttainmentStatus {
        /// Met (đạt).
        Achieved,
        /// Not met yet, and on the straight line from baseline to target or better (đúng tiến độ).
        OnTrack,
        /// Not met yet, and without a baseline to say whether it is on the way (đang thực hiện).
        InProgress,
        /// Behind the line, or due and not met (chậm, không đạt).
        Behind,
        /// There is no figure to tell (chưa có số liệu).
        NoData,
        /// The target is in words (không đo được).
        NotMeasurable,
        /// Figures and target cannot be compared (không so sánh được).
        NotComparable,
    }
    /// What kind of information system it is (loại hệ thống).
    SystemKind {
        /// A platform that integrates and shares data: LGSP, NDXP, NDOP (nền tảng tích hợp, chia sẻ dữ liệu).
        IntegrationPlatform,
        /// A national platform (nền tảng số quốc gia).
        NationalPlatform,
        /// A platform of one sector (nền tảng chuyên ngành).
        SectorPlatform,
        /// A system that several bodies share (hệ thống dùng chung).
        SharedSystem,
        /// A system for administrative procedures (giải quyết thủ tục hành chính, một cửa).
        AdminProcedure,
        /// A portal (cổng thông tin, cổng dịch vụ công).
        Portal,
        /// A portal of open data (cổng dữ liệu mở).
        OpenDataPortal,
        /// A data warehouse (kho dữ liệu).
        DataWarehouse,
        /// A database (cơ sở dữ liệu).
        Database,
        /// A data centre or a cloud (trung tâm dữ liệu).
        DataCenter,
        /// An operations centre (trung tâm điều hành thông minh).
        OperationsCenter,
        /// A security operations centre (trung tâm giám sát an toàn thông tin).
        SecurityCenter,
        /// A network (mạng truyền số liệu).
        Network,
        /// A digital map (bản đồ số).
        Map,
        /// A conference system (hội nghị trực tuyến).
        Conference,
        /// A system for documents (quản lý văn bản, trục liên thông văn bản).
        Document,
        /// An e-mail system (thư điện tử).
        Email,
        /// A payment gateway (cổng thanh toán).
        Payment,
        /// Electronic identification (định danh, xác thực điện tử).
        Identity,
        /// Any other system.
        Other,
    }
    /// How a system stands, as its source tells (tình trạng hệ thống).
    SystemStatus {
        /// Intended (dự kiến).
        Planned,
        /// Being built or rolled out (đang triển khai).
        Building,
        /// On trial (thử nghiệm).
        Pilot,
        /// In operation (đang vận hành).
        Operating,
        /// Being upgraded (đang nâng cấp).
        Upgrading,
        /// Suspended (tạm dừng).
        Suspended,
        /// Retired (ngừng hoạt động).
        Retired,
        /// Nothing is said.
        Unknown,
    }
    /// Whose system it is (phạm vi).
    SystemScope {
        /// The country's (quốc gia).
        National,
        /// A ministry's (bộ, ngành).
        Ministry,
        /// A province's (cấp tỉnh).
        Province,
        /// Not known.
        Unknown,
    }
    /// How one system relates to another, other than by exchanging data.
    SystemRelationKind {
        /// Is a part of (thuộc).
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
    /// What a body has to do with a system.
    SystemUseKind {
        /// Has access to it (được kết nối).
        Access,
        /// Supplies it (cung cấp).
        Supplies,
        /// Uses it (sử dụng).
        Uses,
        /// Is served by it (được phục vụ).
        Serves,
    }
    /// Through what a data link runs (nền tảng trung gian).
    Intermediary {
        /// The province's own platform (LGSP).
        Lgsp,
        /// The national data exchange platform (NDXP).
        Ndxp,
        /// The data-sharing platform of the National Data Centre (NDOP).
        Ndop,
        /// A ministry's platform (nền tảng của bộ).
        Ministry,
        /// The national document axis (trục liên thông văn bản quốc gia).
        DocumentAxis,
        /// None: straight from system to system (trực tiếp).
        Direct,
        /// Nothing is said.
        Unknown,
    }
    /// How data is shared (phương thức chia sẻ; Decree 278/2025, Article 7).
    SharingMethod {
        /// Record by record, on request (tra cứu).
        Query,
        /// Part of the data is kept in step (đồng bộ một phần).
        SyncPartial,
        /// All the data is kept in step (đồng bộ toàn bộ).
        SyncFull,
        /// The lower level feeds the higher (đồng bộ lên).
        SyncUp,
        /// Packages of data (gói dữ liệu).
        Package,
    }
    /// Which way data flows over a link (chiều chia sẻ).
    LinkDirection {
        /// From the source to the target.
        OneWay,
        /// Both ways.
        TwoWay,
        /// Nothing is said.
        NotStated,
    }
    /// Where a link runs (môi trường).
    Environment {
        /// For tests (thử nghiệm).
        Test,
        /// Before production (tiền vận hành).
        Staging,
        /// For real (vận hành chính thức).
        Production,
    }
    /// Where a data link stands in its life (trạng thái kết nối).
    LinkStatus {
        /// Told as intended (dự kiến).
        Planned,
        /// Being prepared (nháp).
        Draft,
        /// Requested (đã đề nghị).
        Requested,
        /// Under review (đang xem xét).
        UnderReview,
        /// Rejected, with reason and legal basis (từ chối).
        Rejected,
        /// Approved (chấp thuận).
        Approved,
        /// Being tested or built (đang thử nghiệm).
        Testing,
        /// Operating (đang hoạt động).
        Active,
        /// Suspended (tạm dừng).
        Suspended,
        /// Moving to another intermediary (đang chuyển đổi).
        Migrating,
        /// Expired (hết hạn).
        Expired,
        /// Revoked (thu hồi).
        Revoked,
        /// Retired (ngừng).
        Retired,
    }
    /// Whether a link answers (tình trạng hoạt động).
    HealthState {
        /// It answers.
        Up,
        /// It answers slowly, or failed once or twice.
        Degraded,
        /// It failed three times in a row.
        Down,
        /// It has not been checked, or not for long, or is not in use.
        Unknown,
    }
    /// The end of a data link that reports a call (bên báo cáo).
    ReportSide {
        /// Whoever asked (bên khai thác).
        Consumer,
        /// Whoever was asked (bên cung cấp): of a link that is ONE_WAY, the source's. Of a call that both report, its word counts.
        Provider,
    }
    /// How a call over a data link ended (kết quả trao đổi).
    ExchangeOutcome {
        /// It was answered (thành công).
        Succeeded,
        /// It was not, or with an error (lỗi).
        Failed,
        /// It was not allowed (bị từ chối).
        Denied,
    }
    /// A span of time over which calls are counted together (khoảng thời gian).
    Bucket {
        /// An hour (giờ).
        Hour,
        /// A day in Việt Nam (ngày).
        Day,
        /// A month in Việt Nam (tháng).
        Month,
    }
    /// How a check of a link ended (kết quả kiểm tra).
    CheckOutcome {
        /// It answered.
        Answered,
        /// It answered, slowly.
        Slow,
        /// It did not answer, or with an error.
        Failed,
    }
    /// A type of record that the change feed tells of (loại bản ghi).
    ChangeType {
        /// A figure (số liệu).
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
        /// It is new (tạo mới).
        Created,
        /// It changed; a figure that was published also (cập nhật).
        Updated,
        /// It was published and is taken back (thu hồi).
        Withdrawn,
        /// It is gone (xoá).
        Deleted,
    }
    /// How an audited act ended.
    AuditOutcome {
        /// It was done.
        Ok,
        /// It was not allowed.
        Denied,
        /// It failed.
        Failed,
    }
}
