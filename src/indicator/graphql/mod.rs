//! Indicators, observations and shortcomings in the schema.

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

/// The root fields of indicators and observations.
pub fn roots(roots: Roots) -> Roots {
    roots
        .one("indicator", "The indicator with this code; null if there is none (chỉ tiêu).", |op, args: &ByCode| {
            store::by_code(op, &args.code)
        })
        .page::<indicator::Entity, measure::Indicators>("indicators", "All indicators (danh sách chỉ tiêu).")
        .page::<observations::Entity, observation::Observations>(
            "observations",
            "Observations: of each, the revision that is published now, or was at `asOf`. Callers who may read drafts also receive drafts that were never published (danh sách số liệu).",
        )
}
