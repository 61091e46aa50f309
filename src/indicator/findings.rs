//! What a check finds in a figure (phát hiện chất lượng). A finding blocks nothing and changes nothing: what was printed stays.

use entity::{
    indicator,
    kinds::{Qualifier, Severity, ValueType},
};

use super::NewObservation;
use crate::kernel::locale::{Locale, Message, number};

/// Something found in a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What, as a stable code.
    pub code: &'static str,
    /// How grave.
    pub severity: Severity,
    /// What, in words.
    pub message: Message,
}

/// Everything found in a figure.
pub fn of(order: &NewObservation, indicator: &indicator::Model) -> Vec<Finding> {
    ratio_mismatch(order, indicator).into_iter().collect()
}

/// A printed share that is not its numerator over its denominator, even rounded as it is printed or cut off there.
fn ratio_mismatch(order: &NewObservation, indicator: &indicator::Model) -> Option<Finding> {
    let scale = match indicator.value_type {
        ValueType::Percent | ValueType::Per100 => 100.0,
        ValueType::Quantity => 1.0,
        _ => return None,
    };
    let (printed, numerator, denominator) = (order.value?, order.numerator?, order.denominator?);
    if order.qualifier != Qualifier::Exact || denominator == 0.0 {
        return None;
    }
    let computed = numerator / denominator * scale;
    let unit = 10f64.powi(-decimals(printed));
    if (printed - computed).abs() <= unit / 2.0 + f64::EPSILON * scale {
        return None;
    }
    let shown = (computed * 1e3).round() / 1e3;
    Some(Finding {
        code: "RATIO_MISMATCH",
        severity: Severity::Warning,
        message: Message::new(
            format!(
                "Nguồn in {}, tính từ {}/{} được {}.",
                number(printed, Locale::Vi),
                number(numerator, Locale::Vi),
                number(denominator, Locale::Vi),
                number(shown, Locale::Vi)
            ),
            format!(
                "The source prints {}; {}/{} makes {}.",
                number(printed, Locale::En),
                number(numerator, Locale::En),
                number(denominator, Locale::En),
                number(shown, Locale::En)
            ),
        ),
    })
}

/// How many decimals a number is printed with.
fn decimals(number: f64) -> i32 {
    let printed = number.to_string();
    let places = printed.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    i32::try_from(places).unwrap_or(0)
}
