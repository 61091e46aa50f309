//! Plans, targets and tasks in the schema.

pub mod attainment;
pub mod document;
pub mod mutation;
mod parts;

use entity::plan;

use super::store;
use crate::kernel::{arguments::ByCode, object::Roots};

pub use parts::Targets;

/// The root fields of plans.
pub fn roots(roots: Roots) -> Roots {
    roots
        .one(
            "plan",
            "The plan with this code; null if there is none. The code is the key because a number is unique only for one issuer and year (kế hoạch).",
            |op, args: &ByCode| store::by_code(op, &args.code),
        )
        .page::<plan::Entity, document::Plans>(
            "plans",
            "Plans, schemes, programmes, projects, master plans and resolutions (danh sách kế hoạch).",
        )
}
