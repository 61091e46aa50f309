//! Vietnamese names of what a province plans, runs and shares.

/// What systems, links and plans are about.
pub const SUBJECTS: [&str; 24] = [
    "dân cư",
    "đất đai",
    "đăng ký doanh nghiệp",
    "hộ tịch điện tử",
    "bảo hiểm xã hội",
    "y tế cơ sở",
    "giáo dục phổ thông",
    "lao động, việc làm",
    "cán bộ, công chức, viên chức",
    "tài chính, ngân sách",
    "quản lý thuế",
    "giao thông vận tải",
    "xây dựng và quy hoạch",
    "nông nghiệp và môi trường",
    "tài nguyên nước",
    "du lịch",
    "văn hoá, thể thao",
    "an sinh xã hội",
    "công chứng, chứng thực",
    "xử lý vi phạm hành chính",
    "phản ánh hiện trường",
    "hạ tầng viễn thông",
    "an toàn thông tin mạng",
    "kinh tế số",
];

/// What kinds of systems there are, as the schema and as people name them.
pub const SYSTEMS: [(&str, &str, &str); 6] = [
    ("DATABASE", "Cơ sở dữ liệu", "Database of"),
    ("SHARED_SYSTEM", "Hệ thống thông tin", "Information system of"),
    ("PORTAL", "Cổng thông tin", "Portal of"),
    ("DATA_WAREHOUSE", "Kho dữ liệu", "Data warehouse of"),
    ("ADMIN_PROCEDURE", "Hệ thống giải quyết thủ tục", "Procedures of"),
    ("SECTOR_PLATFORM", "Nền tảng số", "Platform of"),
];

/// What plans do about their subject.
pub const PLANS: [(&str, &str, &str); 4] = [
    ("PLAN", "KH-UBND", "Kế hoạch chuyển đổi số lĩnh vực"),
    ("SCHEME", "ĐA-UBND", "Đề án phát triển, kết nối và chia sẻ dữ liệu"),
    ("PROGRAMME", "CTr-UBND", "Chương trình hành động về"),
    ("RESOLUTION", "NQ-HĐND", "Nghị quyết về đầu tư hạ tầng số cho"),
];

/// A member of a list, in turn.
pub fn of<T: Copy>(list: &[T], n: usize) -> T {
    list[n % list.len()]
}
