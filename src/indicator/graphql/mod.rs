//! Indicators, figures and shortcomings in the schema.

pub mod importing;
mod measure;
pub mod mutation;
pub mod observation;
mod ranking;
pub mod series;
mod shortcoming;

use entity::{indicator, observation as observations};

use super::store;
use crate::kernel::{arguments::ByCode, object::Roots};

/// The root fields of this room.
pub fn roots(roots: Roots) -> Roots {
    roots
        .one("indicator", "An indicator by its code (chỉ tiêu).", |op, args: &ByCode| store::by_code(op, &args.code))
        .page::<indicator::Entity, measure::Indicators>("indicators", "Indicators (danh sách chỉ tiêu).")
        .page::<observations::Entity, observation::Observations>(
            "observations",
            "Figures: of each the revision that is published now, or was at `asOf` (danh sách số liệu).",
        )
}
