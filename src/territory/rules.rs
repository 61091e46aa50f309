//! Validation rules for units and their versions. Pure: no database access.

use chrono::NaiveDate;
use entity::{kinds::AdministrativeUnitType, unit};

use super::{NewUnit, NewVersion};
use crate::kernel::{
    error::{Code, Refusal},
    locale::Message,
};

/// The code of the country.
pub const COUNTRY: &str = "VN";

/// Whether a day lies in a span of days, both ends inclusive. An end of `None` is unbounded.
pub fn covers(from: Option<NaiveDate>, to: Option<NaiveDate>, on: NaiveDate) -> bool {
    from.is_none_or(|from| from <= on) && to.is_none_or(|to| on <= to)
}

/// Checks that a code is two digits, or VN.
///
/// # Errors
/// BAD_USER_INPUT naming `field`.
pub fn check_code(field: &str, code: &str) -> Result<(), Refusal> {
    if code == COUNTRY || (code.len() == 2 && code.bytes().all(|b| b.is_ascii_digit())) {
        return Ok(());
    }
    Err(Refusal::field(
        field,
        "INVALID_AREA_CODE",
        Message::new(
            format!("\"{code}\" không phải mã đơn vị hành chính: mã gồm hai chữ số (\"01\"), hoặc VN cho cả nước."),
            format!("\"{code}\" is not the code of a territorial unit: two digits (\"01\"), or VN for the country."),
        ),
    ))
}

/// The first and last day of a version. A missing one is the unit's.
pub fn days(unit: &NewUnit, version: &NewVersion) -> (Option<NaiveDate>, Option<NaiveDate>) {
    (version.valid_from.or(unit.valid_from), version.valid_to.or(unit.valid_to))
}

/// Checks that a unit's versions cover its life without gaps or overlaps.
///
/// # Errors
/// BAD_USER_INPUT for the first violation.
pub fn check_unit(order: &NewUnit) -> Result<(), Refusal> {
    check_code("code", &order.code)?;
    let wrong = |field: &str, vi: &'static str, en: &'static str| {
        Err(Refusal::field(field, "INVALID_VERSIONS", Message::new(vi, en)))
    };
    if let (Some(from), Some(to)) = (order.valid_from, order.valid_to)
        && to < from
    {
        return wrong("validTo", "Đơn vị không thể kết thúc trước khi bắt đầu.", "A unit cannot end before it begins.");
    }
    let (Some(first), Some(last)) = (order.versions.first(), order.versions.last()) else {
        return wrong("version", "Đơn vị phải có ít nhất một phiên bản tên.", "A unit needs at least one version.");
    };
    if days(order, first).0 != order.valid_from || days(order, last).1 != order.valid_to {
        return wrong(
            "version",
            "Các phiên bản phải phủ đúng thời gian tồn tại của đơn vị.",
            "The versions must cover the unit's life.",
        );
    }
    for pair in order.versions.windows(2) {
        if let [before, after] = pair {
            let next = before.valid_to.and_then(|d| d.succ_opt());
            if next.is_none() || next != after.valid_from {
                return wrong(
                    "version",
                    "Mỗi phiên bản phải bắt đầu vào ngày sau khi phiên bản trước kết thúc.",
                    "Each version must begin on the day after the one before it ends.",
                );
            }
        }
    }
    Ok(())
}

/// Checks that no two units hold one code on the same day.
///
/// # Errors
/// CONFLICT if one of `same_code` holds it on a day of the new unit.
pub fn check_overlap(order: &NewUnit, same_code: &[unit::Model]) -> Result<(), Refusal> {
    let overlaps = |other: &unit::Model| {
        order.valid_from.is_none_or(|from| other.valid_to.is_none_or(|to| from <= to))
            && order.valid_to.is_none_or(|to| other.valid_from.is_none_or(|from| from <= to))
    };
    match same_code.iter().any(overlaps) {
        true => Err(Refusal::new(
            Code::Conflict,
            Message::new(
                format!("Mã {} đã thuộc một đơn vị khác trong khoảng thời gian này.", order.code),
                format!("Another unit holds the code {} on some of these days.", order.code),
            ),
        )),
        false => Ok(()),
    }
}

/// Short forms of a name that people search for: without blanks, its initials, and for a city both with "TP" in front.
pub fn short_names(name: &str, unit_type: AdministrativeUnitType) -> Vec<String> {
    let words: Vec<&str> = name.split([' ', '-']).filter(|word| !word.is_empty()).collect();
    let initials: String = words.iter().filter_map(|word| word.chars().next()).collect();
    let mut short = vec![words.concat(), initials.clone()];
    if unit_type == AdministrativeUnitType::CentralCity {
        short.extend([
            format!("TP {name}"),
            format!("TP{initials}"),
            format!("TP {initials}"),
            format!("TP.{initials}"),
        ]);
    }
    // One letter (the H of Huế) would rank the unit as a full match for every search for that letter.
    short.retain(|text| text.chars().count() > 1);
    short
}

#[cfg(test)]
mod tests {
    use entity::{
        ids::UnitId,
        kinds::{AdministrativeLevel, AdministrativeUnitType},
    };

    use super::*;

    fn day(text: &str) -> Option<NaiveDate> {
        text.parse().ok()
    }

    fn version(from: &str, to: &str) -> NewVersion {
        NewVersion {
            name_vi: "Huế".to_owned(),
            name_en: "Hue".to_owned(),
            full_name_vi: "Thành phố Huế".to_owned(),
            full_name_en: "Hue City".to_owned(),
            unit_type: AdministrativeUnitType::CentralCity,
            valid_from: day(from),
            valid_to: day(to),
            legal_basis: None,
        }
    }

    fn unit(from: &str, to: &str, versions: Vec<NewVersion>) -> NewUnit {
        NewUnit {
            code: "46".to_owned(),
            level: AdministrativeLevel::Province,
            valid_from: day(from),
            valid_to: day(to),
            legal_basis: None,
            versions,
        }
    }

    #[test]
    fn versions_follow_each_other_without_gaps() {
        assert!(check_unit(&unit("", "", vec![version("", "2024-12-31"), version("2025-01-01", "")])).is_ok());
        assert!(check_unit(&unit("", "", vec![version("", "2024-12-30"), version("2025-01-01", "")])).is_err());
        assert!(check_unit(&unit("", "2025-06-30", vec![version("", "2025-05-31")])).is_err());
        assert!(check_unit(&unit("", "", vec![])).is_err());
    }

    #[test]
    fn one_code_has_one_holder_a_day() {
        let old = unit::Model {
            id: UnitId(1),
            code: "46".to_owned(),
            level: AdministrativeLevel::Province,
            valid_from: None,
            valid_to: day("2025-06-30"),
            legal_basis_id: None,
        };
        let held = std::slice::from_ref(&old);
        assert!(check_overlap(&unit("2025-07-01", "", vec![]), held).is_ok());
        assert!(check_overlap(&unit("2025-06-30", "", vec![]), held).is_err());
        assert!(check_overlap(&unit("", "2000-01-01", vec![]), held).is_err());
    }

    #[test]
    fn a_code_is_two_digits_or_the_country() {
        for code in ["01", "96", "VN"] {
            assert!(check_code("code", code).is_ok(), "{code}");
        }
        for code in ["1", "001", "vn", "Hà Nội", "", "0a"] {
            assert!(check_code("code", code).is_err(), "{code}");
        }
    }

    #[test]
    fn names_are_also_written_short() {
        let short = short_names("Hồ Chí Minh", AdministrativeUnitType::CentralCity);
        assert_eq!(short, ["HồChíMinh", "HCM", "TP Hồ Chí Minh", "TPHCM", "TP HCM", "TP.HCM"]);
        assert_eq!(short_names("Phú Thọ", AdministrativeUnitType::Province), ["PhúThọ", "PT"]);
        assert_eq!(short_names("Huế", AdministrativeUnitType::Province), ["Huế"]);
    }
}
