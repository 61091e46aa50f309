//! GraphQL types and root fields for calls over data links.

mod bulletin;
pub mod mutation;
pub mod statistics;

use crate::kernel::object::Roots;

/// Adds the root fields of this module.
pub fn roots(roots: Roots) -> Roots {
    roots.made(
        "sharingBulletin",
        "The quarterly public report on data sharing that Decree 278/2025, Article 13, requires: connected systems, and calls over their links. For past quarters too, the ends of links and the owners, kinds and areas of systems are those of today (công bố tình hình kết nối, chia sẻ dữ liệu).",
        bulletin::make,
    )
}
