//! Calls over data links in the schema.

mod bulletin;
pub mod mutation;
pub mod statistics;

use crate::kernel::object::Roots;

/// The root fields of this room.
pub fn roots(roots: Roots) -> Roots {
    roots.made(
        "sharingBulletin",
        "What is to be made public of data sharing, quarter by quarter (Decree 278/2025, Article 13): how much is connected, and what went over it. The ends of links, and the owners, kinds and areas of systems, are those of today, for past quarters too (công bố tình hình kết nối, chia sẻ dữ liệu).",
        bulletin::make,
    )
}
