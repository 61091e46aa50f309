//! What must hold of indicators and figures, from values alone.

use entity::{
    indicator,
    kinds::{MergeRule, ValueType},
    time::{Period, Span},
    unit,
};

use super::{NewIndicator, NewObservation, printed};
use crate::kernel::{
    error::{FieldFault, Refusal},
    locale::Message,
};

/// The most significant digits that a double keeps without loss.
const DIGITS: usize = 15;

fn fault(path: &str, code: &'static str, vi: impl Into<String>, en: impl Into<String>) -> FieldFault {
    FieldFault { path: path.to_owned(), code, message: Message::new(vi.into(), en.into()) }
}

/// The days that a period covers.
///
/// # Errors
/// BAD_USER_INPUT for a period that covers none.
pub fn span(period: &Period) -> Result<Span, Refusal> {
    let wrong = || {
        Refusal::field(
            "period",
            "INVALID_PERIOD",
            Message::new(format!("\"{period}\" không phải một kỳ."), format!("\"{period}\" is not a period.")),
        )
    };
    period.span().ok_or_else(wrong)
}

/// An indicator makes sense.
///
/// # Errors
/// BAD_USER_INPUT, every bad field at once.
pub fn check_indicator(order: &NewIndicator) -> Result<(), Refusal> {
    let mut faults = vec![];
    let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if order.code.is_empty() || !order.code.chars().all(snake) {
        faults.push(fault(
            "code",
            "INVALID_CODE",
            "Mã chỉ tiêu gồm chữ thường không dấu, chữ số và gạch dưới.",
            "An indicator's code has lower-case letters, digits and underscores.",
        ));
    }
    if (order.merge_rule == MergeRule::WeightedMean) != order.weight_indicator.is_some() {
        faults.push(fault(
            "weightIndicator",
            "WEIGHT_AND_RULE",
            "WEIGHTED_MEAN, và chỉ WEIGHTED_MEAN, cần chỉ tiêu làm trọng số.",
            "WEIGHTED_MEAN, and nothing else, needs an indicator to weigh by.",
        ));
    }
    if let (Some(min), Some(max)) = (order.min, order.max)
        && max < min
    {
        faults.push(fault("max", "OUT_OF_RANGE", "max phải không nhỏ hơn min.", "max must not be less than min."));
    }
    Refusal::unless_empty(faults)
}

/// A figure makes sense for its indicator and its unit.
///
/// # Errors
/// BAD_USER_INPUT, every bad field at once.
pub fn check_observation(
    order: &NewObservation,
    indicator: &indicator::Model,
    unit: &unit::Model,
    span: Span,
) -> Result<(), Refusal> {
    let mut faults = vec![];
    let before = unit.valid_from.is_some_and(|from| span.end < from);
    let after = unit.valid_to.is_some_and(|to| to < span.start);
    if before || after {
        faults.push(fault(
            "period",
            "OUTSIDE_UNIT_LIFE",
            format!("Kỳ {} nằm hoàn toàn ngoài thời gian tồn tại của đơn vị {}.", order.period, unit.code),
            format!("The period {} lies wholly outside the life of the unit {}.", order.period, unit.code),
        ));
    }
    let numbers = [("value", order.value), ("numerator", order.numerator), ("denominator", order.denominator)];
    for (path, number) in numbers {
        if let Some(number) = number
            && (!number.is_finite() || significant_digits(number) > DIGITS)
        {
            faults.push(fault(
                path,
                "TOO_MANY_DIGITS",
                format!("Một số có nhiều nhất {DIGITS} chữ số có nghĩa."),
                format!("A number has at most {DIGITS} significant digits."),
            ));
        }
    }
    if order.denominator == Some(0.0) {
        faults.push(fault("denominator", "OUT_OF_RANGE", "Mẫu số phải khác 0.", "The denominator must not be 0."));
    }
    if let Some(value) = order.value {
        if indicator.min.is_some_and(|min| value < min) || indicator.max.is_some_and(|max| max < value) {
            let bounds = match (indicator.min, indicator.max) {
                (Some(min), Some(max)) => format!("{min}–{max}"),
                (Some(min), None) => format!("≥ {min}"),
                (None, Some(max)) => format!("≤ {max}"),
                (None, None) => String::new(),
            };
            faults.push(fault(
                "value",
                "OUT_OF_RANGE",
                format!("{value} nằm ngoài khoảng của chỉ tiêu {} ({bounds}).", indicator.code),
                format!("{value} lies outside what {} allows ({bounds}).", indicator.code),
            ));
        }
        if indicator.value_type == ValueType::Count && value.fract() != 0.0 {
            faults.push(fault("value", "NOT_WHOLE", "Số lượng phải là số nguyên.", "A count is a whole number."));
        }
    } else if order.text.is_none() {
        faults.push(fault(
            "value",
            "REQUIRED",
            "Số liệu phải có giá trị hoặc nguyên văn.",
            "A figure needs a value or its printed text.",
        ));
    }
    match (order.rank_of, order.value) {
        (Some(_), _) if indicator.value_type != ValueType::Rank => faults.push(fault(
            "rankOf",
            "NOT_A_RANK",
            "Chỉ thứ hạng mới có tổng số được xếp hạng.",
            "Only a rank is out of so many.",
        )),
        (Some(base), Some(rank)) if f64::from(base) < rank => faults.push(fault(
            "rankOf",
            "OUT_OF_RANGE",
            format!("Hạng {rank} không thể lớn hơn tổng số {base}."),
            format!("A rank of {rank} cannot be beyond its base of {base}."),
        )),
        _ => {}
    }
    faults.extend(order.text.iter().flat_map(|text| printed::faults(text, order.value, order.qualifier)));
    Refusal::unless_empty(faults)
}

fn significant_digits(number: f64) -> usize {
    let printed = format!("{number:e}");
    printed.split('e').next().unwrap_or_default().bytes().filter(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn significant_digits_are_counted_as_written() {
        assert_eq!(significant_digits(34_202_000_000_000.0), 5);
        assert_eq!(significant_digits(93.66), 4);
        assert_eq!(significant_digits(0.1 + 0.2), 17);
    }
}
