//! Systems and data links in the schema.

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

/// The root fields of this room.
pub fn roots(roots: Roots) -> Roots {
    grants::roots(roots)
        .one(
            "informationSystem",
            "An information system by its code (hệ thống thông tin).",
            |op, args: &ByCode| store::system_by_code(op, &args.code),
        )
        .page::<information_system::Entity, system::InformationSystems>(
            "informationSystems",
            "Information systems (danh sách hệ thống thông tin).",
        )
        .one("dataLink", "A data link by its code (kết nối chia sẻ dữ liệu).", |op, args: &ByCode| {
            store::link_by_code(op, &args.code)
        })
        .page::<data_link::Entity, link::DataLinks>(
            "dataLinks",
            "Data-sharing connections: LGSP, NDXP and others (danh sách kết nối).",
        )
        .page::<entity::agreement::Entity, agreement::Agreements>(
            "agreements",
            "What bodies have agreed on: those of the caller's area, and for registrars, security officers and administrators those under which figures of it were opened; strangers see none (danh sách thoả thuận).",
        )
}
