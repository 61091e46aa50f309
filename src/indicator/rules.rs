//! Rules for indicators and observations that need no database.

use entity::{
    indicator,
    kinds::{MergeRule, ReviewState, ValueType},
    time::{Period, Span},
    unit,
};

use super::{NewIndicator, NewObservation, printed};
use crate::{
    citation::rules::check_source,
    kernel::{
        check::{Faults, LINE, PARAGRAPH},
        error::{Code, FieldFault, Refusal},
        locale::Message,
    },
};

/// The most significant digits that a double keeps without loss.
const DIGITS: usize = 15;

/// The largest number that is accepted: above any amount of money in đồng, and small enough for sums, ratios and means
/// to stay finite.
const MOST: f64 = 1e21;

fn fault(path: &str, code: &'static str, vi: impl Into<String>, en: impl Into<String>) -> FieldFault {
    FieldFault { path: path.to_owned(), code, message: Message::new(vi.into(), en.into()) }
}

/// The days of a period.
///
/// # Errors
/// BAD_USER_INPUT for an invalid period.
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

/// Checks a new indicator.
///
/// # Errors
/// BAD_USER_INPUT with every invalid field.
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
    faults.extend(weight_and_rule(order.merge_rule, order.weight_indicator.is_some()));
    faults.extend(bounds(order.min, order.max));
    Refusal::unless_empty(faults)
}

fn weight_and_rule(rule: MergeRule, weight: bool) -> Option<FieldFault> {
    ((rule == MergeRule::WeightedMean) != weight).then(|| {
        fault(
            "weightIndicator",
            "WEIGHT_AND_RULE",
            "WEIGHTED_MEAN, và chỉ WEIGHTED_MEAN, cần chỉ tiêu làm trọng số.",
            "WEIGHTED_MEAN, and nothing else, needs an indicator to weigh by.",
        )
    })
}

fn bounds(min: Option<f64>, max: Option<f64>) -> Option<FieldFault> {
    let crossed = min.zip(max).is_some_and(|(min, max)| max < min);
    crossed.then(|| fault("max", "OUT_OF_RANGE", "max phải không nhỏ hơn min.", "max must not be less than min."))
}

/// Checks a changed indicator; records faults.
pub fn check_change(faults: &mut Faults, before: &indicator::Model, after: &indicator::Model) {
    if after.weight_indicator_id == Some(after.id) {
        faults.add(
            "weightIndicator",
            "ITSELF",
            Message::new("Chỉ tiêu không thể là trọng số của chính nó.", "An indicator cannot weigh itself."),
        );
    }
    if before.weight_indicator_id != after.weight_indicator_id || before.merge_rule != after.merge_rule {
        faults.extend(weight_and_rule(after.merge_rule, after.weight_indicator_id.is_some()));
    }
    faults.extend(bounds(after.min, after.max));
    let next = before.methodology_version + 1;
    if !(before.methodology_version..=next).contains(&after.methodology_version) {
        faults.add(
            "methodologyVersion",
            "OUT_OF_ORDER",
            Message::new(
                format!("Phương pháp tiếp theo là phiên bản {next}."),
                format!("The next method is version {next}."),
            ),
        );
    }
}

/// The default bounds of an indicator's values: 0 to 100 for PERCENT, from 1 for RANK, from 0 for COUNT, PER_100 and
/// SPEED.
pub fn usual_bounds(of: ValueType) -> (Option<f64>, Option<f64>) {
    match of {
        ValueType::Percent => (Some(0.0), Some(100.0)),
        ValueType::Rank => (Some(1.0), None),
        ValueType::Count | ValueType::Per100 | ValueType::Speed => (Some(0.0), None),
        ValueType::Quantity | ValueType::Money | ValueType::Score | ValueType::Text => (None, None),
    }
}

/// Checks the texts of an observation; records faults.
pub fn check_texts(faults: &mut Faults, order: &NewObservation) {
    if !order.dimension.trim().is_empty() {
        faults.code("dimension", order.dimension.trim());
    }
    faults.maybe("scopeText", order.scope_text.as_deref(), LINE);
    faults.maybe("asOfText", order.as_of_text.as_deref(), LINE);
    faults.maybe("text", order.text.as_deref(), LINE);
    faults.maybe("revisionReason", order.revision_reason.as_deref(), PARAGRAPH);
    check_source(faults, "source", &order.source);
}

/// Checks an observation against its indicator and its unit.
pub fn check_observation(
    order: &NewObservation,
    indicator: &indicator::Model,
    unit: &unit::Model,
    span: Span,
) -> Vec<FieldFault> {
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
    faults.extend(order.value.iter().flat_map(|value| check_number("value", *value, indicator)));
    for (path, number) in [("numerator", order.numerator), ("denominator", order.denominator)] {
        faults.extend(number.and_then(|number| check_digits(path, number)));
    }
    if order.denominator == Some(0.0) {
        faults.push(fault("denominator", "OUT_OF_RANGE", "Mẫu số phải khác 0.", "The denominator must not be 0."));
    }
    if order.value.is_none() && order.text.is_none() {
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
        (Some(..1), _) => {
            faults.push(fault("rankOf", "OUT_OF_RANGE", "Tổng số xếp hạng từ 1.", "A rank is out of one or more."));
        }
        (Some(base), Some(rank)) if f64::from(base) < rank => faults.push(fault(
            "rankOf",
            "OUT_OF_RANGE",
            format!("Hạng {rank} không thể lớn hơn tổng số {base}."),
            format!("A rank of {rank} cannot be beyond its base of {base}."),
        )),
        _ => {}
    }
    faults.extend(order.text.iter().flat_map(|text| printed::faults(text, order.value, order.qualifier)));
    faults
}

/// The states that may follow a state in the review.
fn leads_to(from: ReviewState) -> &'static [ReviewState] {
    match from {
        ReviewState::Draft => &[ReviewState::Submitted],
        ReviewState::Submitted => &[ReviewState::Published, ReviewState::Returned],
        ReviewState::Published => &[ReviewState::Withdrawn],
        // A returned or withdrawn observation is corrected by its next revision.
        ReviewState::Returned | ReviewState::Withdrawn => &[],
    }
}

/// Checks that a review may go from one state to another. A revision that a newer one has superseded may not change.
///
/// # Errors
/// CONFLICT that names the allowed states.
pub fn check_step(from: ReviewState, to: ReviewState, superseded: bool) -> Result<(), Refusal> {
    if superseded {
        let newer = Message::new(
            "Đã có lần sửa đổi mới hơn của số liệu này.",
            "A newer revision has taken the place of this one.",
        );
        return Err(Refusal::new(Code::Conflict, newer));
    }
    let allowed = leads_to(from);
    if allowed.contains(&to) {
        return Ok(());
    }
    let names: Vec<String> = allowed.iter().map(|state| state.word()).collect();
    let (vi, en) = match names.as_slice() {
        [] => (
            "không chuyển tiếp được; hãy ghi lần sửa đổi mới".to_owned(),
            "it goes no further; record the next revision".to_owned(),
        ),
        names => (format!("chỉ chuyển được sang {}", names.join(", ")), format!("it may become {}", names.join(", "))),
    };
    Err(Refusal::new(
        Code::Conflict,
        Message::new(
            format!("Số liệu đang ở trạng thái {}: {vi}.", from.word()),
            format!("The figure is {}: {en}.", from.word()),
        ),
    ))
}

/// Checks a value of an indicator: its digits and bounds, and that counts and ranks are whole numbers.
pub fn check_number(path: &str, value: f64, indicator: &indicator::Model) -> Vec<FieldFault> {
    let mut faults: Vec<FieldFault> = check_digits(path, value).into_iter().collect();
    if indicator.min.is_some_and(|min| value < min) || indicator.max.is_some_and(|max| max < value) {
        let bounds = match (indicator.min, indicator.max) {
            (Some(min), Some(max)) => format!("{min}–{max}"),
            (Some(min), None) => format!("≥ {min}"),
            (None, Some(max)) => format!("≤ {max}"),
            (None, None) => String::new(),
        };
        faults.push(fault(
            path,
            "OUT_OF_RANGE",
            format!("{value} nằm ngoài khoảng của chỉ tiêu {} ({bounds}).", indicator.code),
            format!("{value} lies outside what {} allows ({bounds}).", indicator.code),
        ));
    }
    if indicator.value_type == ValueType::Count && value.fract() != 0.0 {
        faults.push(fault(path, "NOT_WHOLE", "Số lượng phải là số nguyên.", "A count is a whole number."));
    }
    if indicator.value_type == ValueType::Rank && (value < 1.0 || value.fract() != 0.0) {
        faults.push(fault(path, "OUT_OF_RANGE", "Thứ hạng là số nguyên từ 1.", "A rank is a whole number from 1."));
    }
    faults
}

fn check_digits(path: &str, number: f64) -> Option<FieldFault> {
    // Below this limit, sums, ratios and means are finite numbers.
    if number.is_finite() && number.abs() > MOST {
        return Some(fault(
            path,
            "OUT_OF_RANGE",
            format!("Một số lớn nhất là {MOST:e}."),
            format!("A number is at most {MOST:e}."),
        ));
    }
    (!number.is_finite() || significant_digits(number) > DIGITS).then(|| {
        fault(
            path,
            "TOO_MANY_DIGITS",
            format!("Một số có nhiều nhất {DIGITS} chữ số có nghĩa."),
            format!("A number has at most {DIGITS} significant digits."),
        )
    })
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
