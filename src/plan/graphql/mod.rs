//! Plans, targets and tasks in the schema.

pub mod attainment;
pub mod document;
pub mod mutation;
mod parts;

use entity::plan;

use super::store;
use crate::kernel::{arguments::ByCode, object::Roots};

pub use parts::Targets;

/// The root fields of this room.
pub fn roots(roots: Roots) -> Roots {
    roots
        .one(
            "plan",
            "A plan by its code (kế hoạch). A number is unique only within its issuer and year, so the code is the key.",
            |op, args: &ByCode| store::by_code(op, &args.code),
        )
        .page::<plan::Entity, document::Plans>(
            "plans",
            "Plans, schemes, programmes, projects, master plans and resolutions (danh sách kế hoạch).",
        )
}
