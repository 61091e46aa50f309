//! GraphQL types and root fields for information systems, data links and agreements.

pub mod agreement;
pub mod granting;
mod grants;
pub mod link;
pub mod linking;
mod moving;
pub mod mutation;
mod resting;
pub mod system;

use entity::{data_link, information_system};

use super::store;
use crate::kernel::{arguments::ByCode, object::Roots};

/// Adds the root fields of this module.
pub fn roots(roots: Roots) -> Roots {
    grants::roots(roots)
        .one(
            "informationSystem",
            "The information system with this code; null if there is none (hệ thống thông tin).",
            |op, args: &ByCode| store::system_by_code(op, &args.code),
        )
        .page::<information_system::Entity, system::InformationSystems>(
            "informationSystems",
            "All information systems, filtered and ordered (danh sách hệ thống thông tin).",
        )
        .one("dataLink", "The data link with this code; null if there is none (kết nối chia sẻ dữ liệu).", |op, args: &ByCode| {
            store::link_by_code(op, &args.code)
        })
        .page::<data_link::Entity, link::DataLinks>(
            "dataLinks",
            "All data-sharing links between information systems, filtered and ordered (danh sách kết nối).",
        )
        .page::<entity::agreement::Entity, agreement::Agreements>(
            "agreements",
            "Data-sharing agreements of agencies in the caller's area. Registrars, security officers and administrators also see those under which observations of their area were granted; an API client also sees those of its own grants. Anonymous callers see none (danh sách thoả thuận).",
        )
}
