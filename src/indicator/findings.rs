//! What checks find in a figure (phát hiện chất lượng): beside itself, beside its own series, beside other figures of its area. A
//! finding blocks nothing and changes nothing: what was printed stays.
//!
//! A figure is compared only with what its recorder sees, never with one that fewer people may see, and once it is published only with
//! what is public: what a finding says is told to everybody who sees the figure.

use std::collections::HashMap;

use entity::{
    ids::{IndicatorId, UnitId},
    indicator,
    kinds::{ObservationStatus, Qualifier, Severity, SharingClass, ValueType},
    observation::Model as Figure,
    time::Period,
};

use super::granted::secrecy;
use crate::kernel::{
    locale::{Locale, Message, number},
    text::fold,
};

/// A series is the periods nearest to a figure's: so many before, and so many after.
pub const NEAR: usize = 60;

/// Fewer figures than these are no series to judge by.
const SERIES: usize = 4;

/// How many spreads from the middle of its series a value lies that is odd (Iglewicz and Hoaglin, 1993).
const FAR: f64 = 3.5;

/// From a median absolute deviation to a standard deviation.
const TO_DEVIATION: f64 = 1.4826;

/// A series that hardly moves still has this spread, as a share of its middle.
const LEAST_SPREAD: f64 = 0.05;

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

/// The observations that some are compared with: what stands near them, and those that are recorded with them.
pub struct Around<'a> {
    stored: Near<'a>,
    together: &'a Near<'a>,
}

/// Observations, by what they are looked up by.
#[derive(Default)]
pub struct Near<'a> {
    /// Of one indicator, area and dimension, by their periods.
    series: HashMap<(IndicatorId, UnitId, &'a str), Vec<&'a Figure>>,
    /// Of one indicator, area and period.
    periods: HashMap<(IndicatorId, UnitId, &'a Period), Vec<&'a Figure>>,
    /// The totals of one area, period and scope, and who may know of them: each once.
    totals: HashMap<(UnitId, &'a Period, &'a str), Vec<(f64, SharingClass)>>,
}

impl<'a> Near<'a> {
    /// Only of what is public, where the findings are for everybody.
    pub fn new(rows: impl IntoIterator<Item = &'a Figure>, published: bool) -> Self {
        let public = |f: &Figure| f.published_at.is_some() && f.sharing == SharingClass::Open;
        let mut rows: Vec<&Figure> = rows.into_iter().collect();
        rows.retain(|f| f.withdrawn_at.is_none() && (!published || public(f)));
        rows.sort_by_key(|f| (f.period_end, f.period_start));
        let mut near = Near::default();
        for f in rows {
            let (indicator, area) = (f.indicator_id, f.area_id);
            near.series.entry((indicator, area, f.dimension.as_str())).or_default().push(f);
            near.periods.entry((indicator, area, &f.period)).or_default().push(f);
            if let (Some(scope), Some(total)) = (&f.scope_key, f.denominator) {
                let known = near.totals.entry((area, &f.period, scope.as_str())).or_default();
                // Two totals of a class tell of any third observation that one of them is another.
                let of_class = known.iter().filter(|(_, sharing)| *sharing == f.sharing).count();
                if of_class < 2 && !known.contains(&(total, f.sharing)) {
                    known.push((total, f.sharing));
                }
            }
        }
        near
    }
    /// Of the same series, those nearest to an observation's period.
    fn series(&self, of: &Figure) -> Vec<&'a Figure> {
        let all = self.series.get(&(of.indicator_id, of.area_id, of.dimension.as_str()));
        let all = all.map(Vec::as_slice).unwrap_or_default();
        let place = all.partition_point(|f| f.period_end < of.period_end);
        all.get(place.saturating_sub(NEAR)..all.len().min(place + 1 + NEAR)).unwrap_or_default().to_vec()
    }
    /// Of the same period, under whatever dimension.
    fn period(&self, of: &Figure) -> Vec<&'a Figure> {
        let all = self.periods.get(&(of.indicator_id, of.area_id, &of.period)).map(Vec::as_slice).unwrap_or_default();
        all.get(..all.len().min(2 * NEAR)).unwrap_or_default().to_vec()
    }
}

impl<'a> Around<'a> {
    /// From what stands near the observations, and those that are recorded together with them.
    pub fn new(stored: impl IntoIterator<Item = &'a Figure>, together: &'a Near<'a>, published: bool) -> Self {
        Around { stored: Near::new(stored, published), together }
    }
    /// The same indicator, area and dimension in other periods, the nearest.
    fn other_periods(&self, of: &Figure) -> impl Iterator<Item = &'a Figure> {
        let mut all = self.stored.series(of);
        all.extend(self.together.series(of));
        all.sort_by_key(|f| (f.period_end, f.period_start));
        let place = all.partition_point(|f| f.period_end < of.period_end);
        let near = place.saturating_sub(NEAR)..all.len().min(place + 1 + NEAR);
        let (period, sharing) = (of.period.clone(), of.sharing);
        let near: Vec<&Figure> = all.get(near).unwrap_or_default().to_vec();
        near.into_iter().filter(move |f| f.period != period && as_open(f.sharing, sharing))
    }
    /// The same indicator, area and period under other dimensions, as many as anybody would look through.
    fn other_dimensions(&self, of: &Figure) -> impl Iterator<Item = &'a Figure> {
        let near = self.stored.period(of).into_iter().chain(self.together.period(of));
        let (dimension, sharing) = (of.dimension.clone(), of.sharing);
        near.filter(move |f| f.dimension != dimension && as_open(f.sharing, sharing))
    }
    /// Its series: other periods that are measured in the same way.
    fn series(&self, of: &Figure) -> impl Iterator<Item = &'a Figure> {
        let version = of.methodology_version;
        self.other_periods(of).filter(move |f| f.methodology_version == version)
    }
    /// Another total than its own, of the same scope, area and period.
    fn other_total(&self, of: &Figure) -> Option<f64> {
        let key = (of.area_id, &of.period, of.scope_key.as_deref()?);
        let own = of.denominator?;
        let mut known = [&self.stored, self.together].into_iter().filter_map(|near| near.totals.get(&key)).flatten();
        let other = known.find(|(total, sharing)| *total != own && as_open(*sharing, of.sharing));
        other.map(|(total, _)| *total)
    }
}

/// Whether everybody who may see observations of a class may see those of another.
fn as_open(other: SharingClass, class: SharingClass) -> bool {
    secrecy(other) <= secrecy(class)
}

/// Everything found in a figure.
pub fn of(
    figure: &Figure,
    indicator: &indicator::Model,
    revised: Option<&Figure>,
    around: &Around<'_>,
) -> Vec<Finding> {
    let checks = [
        ratio_mismatch(figure, indicator),
        denominator_mismatch(figure, around),
        outlier(figure, indicator, around),
        unit_suspect(figure, indicator, around),
        duplicate(figure, revised, around),
    ];
    checks.into_iter().flatten().collect()
}

fn warning(code: &'static str, message: impl Fn(Locale, &dyn Fn(f64) -> String) -> String) -> Finding {
    let told = |locale| message(locale, &|value| number(value, locale));
    Finding { code, severity: Severity::Warning, message: Message::new(told(Locale::Vi), told(Locale::En)) }
}

/// A value with the decimals that a reader needs.
fn rounded(value: f64) -> f64 {
    let digits = if value.abs() < 1.0 { 1e6 } else { 1e3 };
    (value * digits).round() / digits
}

/// A printed share that is not its numerator over its denominator, even rounded as it is printed or cut off there.
fn ratio_mismatch(figure: &Figure, indicator: &indicator::Model) -> Option<Finding> {
    let scale = match indicator.value_type {
        ValueType::Percent | ValueType::Per100 => 100.0,
        ValueType::Quantity => 1.0,
        _ => return None,
    };
    let (printed, numerator, denominator) = (figure.value?, figure.numerator?, figure.denominator?);
    if figure.qualifier != Qualifier::Exact || denominator == 0.0 {
        return None;
    }
    let computed = numerator / denominator * scale;
    let unit = 10f64.powi(-decimals(printed));
    if (printed - computed).abs() <= unit / 2.0 + f64::EPSILON * scale {
        return None;
    }
    let shown = (computed * 1e3).round() / 1e3;
    Some(warning("RATIO_MISMATCH", |locale, n| match locale {
        Locale::Vi => {
            format!("Nguồn in {}, tính từ {}/{} được {}.", n(printed), n(numerator), n(denominator), n(shown))
        }
        Locale::En => {
            format!("The source prints {}; {}/{} makes {}.", n(printed), n(numerator), n(denominator), n(shown))
        }
    }))
}

/// Two figures of the same area and period that count in the same scope, but not to the same total; or a series whose scope is
/// another than before, without saying so.
fn denominator_mismatch(figure: &Figure, around: &Around<'_>) -> Option<Finding> {
    let scope = figure.scope_text.as_deref()?;
    if let Some(denominator) = figure.denominator {
        let other = around.other_total(figure);
        if let Some(other) = other {
            return Some(warning("DENOMINATOR_MISMATCH", |locale, n| match locale {
                Locale::Vi => format!(
                    "Mẫu số là {}, nhưng một số liệu khác cùng địa bàn, cùng kỳ, cùng phạm vi \"{scope}\" có mẫu số {}.",
                    n(denominator),
                    n(other)
                ),
                Locale::En => format!(
                    "The denominator is {}; another figure of this area and period, in the same scope \"{scope}\", has {}.",
                    n(denominator),
                    n(other)
                ),
            }));
        }
    }
    if matches!(figure.status, ObservationStatus::DefinitionDiffers | ObservationStatus::Break) {
        return None;
    }
    let before = around.series(figure).filter(|f| f.period_end < figure.period_end).max_by_key(|f| f.period_end)?;
    let was = before.scope_text.as_deref().filter(|was| fold(was) != fold(scope))?;
    Some(warning("DENOMINATOR_MISMATCH", |locale, _| match locale {
        Locale::Vi => format!("Phạm vi là \"{scope}\", kỳ {} là \"{was}\": hai kỳ không cùng mẫu số.", before.period),
        Locale::En => {
            format!("The scope is \"{scope}\"; in {} it was \"{was}\": they do not share a denominator.", before.period)
        }
    }))
}

/// Whether a value of this sort can be far from others: a rank moves as others do.
fn is_measured(indicator: &indicator::Model) -> bool {
    !matches!(indicator.value_type, ValueType::Rank | ValueType::Text)
}

fn values(figure: &Figure, around: &Around<'_>) -> Vec<f64> {
    let comparable =
        |f: &&Figure| !matches!(f.status, ObservationStatus::DefinitionDiffers | ObservationStatus::Missing);
    around.series(figure).filter(comparable).filter_map(|f| f.value).collect()
}

/// A value far from the middle of its own series, by the spread of that series: median and median absolute deviation, which a
/// single odd value does not move.
fn outlier(figure: &Figure, indicator: &indicator::Model, around: &Around<'_>) -> Option<Finding> {
    let value = figure.value.filter(|_| is_measured(indicator))?;
    let series = values(figure, around);
    if series.len() < SERIES {
        return None;
    }
    let middle = median(series.clone())?;
    let spread = median(series.iter().map(|v| (v - middle).abs()).collect())? * TO_DEVIATION;
    let spread = spread.max(middle.abs() * LEAST_SPREAD);
    let apart = (value - middle).abs();
    if spread == 0.0 || apart / spread <= FAR {
        return None;
    }
    let (count, times) = (series.len(), rounded(apart / spread));
    Some(warning("OUTLIER", |locale, n| match locale {
        Locale::Vi => format!(
            "{} nằm xa dãy số liệu của chính nó: {count} kỳ khác có trung vị {}, độ phân tán {}; cách {} lần độ phân tán (ngưỡng {}).",
            n(value),
            n(rounded(middle)),
            n(rounded(spread)),
            n(times),
            n(FAR)
        ),
        Locale::En => format!(
            "{} lies far from its own series: {count} other periods have a median of {} and a spread of {}; this is {} spreads away (the threshold is {}).",
            n(value),
            n(rounded(middle)),
            n(rounded(spread)),
            n(times),
            n(FAR)
        ),
    }))
}

/// A value that is a thousand, a million or a milliard times the middle of its series, or that part of it: it may be in another
/// unit.
fn unit_suspect(figure: &Figure, indicator: &indicator::Model, around: &Around<'_>) -> Option<Finding> {
    let value = figure.value.filter(|value| is_measured(indicator) && *value != 0.0)?;
    let middle = median(values(figure, around)).filter(|middle| *middle != 0.0)?;
    let ratio = (value / middle).abs();
    let near = |power: f64| {
        (power / 2.0..=power * 2.0).contains(&ratio) || (power / 2.0..=power * 2.0).contains(&(1.0 / ratio))
    };
    let power = [1e3, 1e6, 1e9].into_iter().find(|power| near(*power))?;
    let more = ratio > 1.0;
    Some(warning("UNIT_SUSPECT", |locale, n| match locale {
        Locale::Vi => format!(
            "{} {} khoảng {} lần trung vị {} của dãy số liệu: có thể nhầm đơn vị (đơn vị của chỉ tiêu là {}).",
            n(value),
            if more { "gấp" } else { "kém" },
            n(power),
            n(rounded(middle)),
            indicator.unit
        ),
        Locale::En => format!(
            "{} is about {} {} the median {} of its series: perhaps in another unit (the indicator's is {}).",
            n(value),
            n(power),
            if more { "times" } else { "times less than" },
            n(rounded(middle)),
            indicator.unit
        ),
    }))
}

/// The same again: a revision that changes nothing; the same number for a period within another; or, where it is told to four digits
/// or with its fraction, for another period or under another restriction.
fn duplicate(figure: &Figure, revised: Option<&Figure>, around: &Around<'_>) -> Option<Finding> {
    let said = |f: &Figure| (f.value, f.numerator, f.denominator, f.rank_of);
    let meant = |f: &Figure| (f.qualifier, f.status, f.sharing, f.text.clone(), f.scope_text.clone());
    if let Some(before) = revised.filter(|before| said(before) == said(figure) && meant(before) == meant(figure)) {
        return Some(warning("DUPLICATE", |locale, _| match locale {
            Locale::Vi => format!("Nói đúng như lần sửa đổi {} trước đó.", before.revision),
            Locale::En => format!("Says just what its revision {} says.", before.revision),
        }));
    }
    let value = figure.value?;
    let telling = significant(value) >= 4 || figure.denominator.is_some();
    let overlap = |f: &Figure| f.period_start <= figure.period_end && figure.period_start <= f.period_end;
    let before_or_after = around.other_periods(figure).filter(|f| telling || overlap(f));
    let beside = around.other_dimensions(figure).filter(|_| telling);
    let other = before_or_after.chain(beside).find(|f| said(f) == said(figure))?;
    let dimension = &other.dimension;
    Some(warning("DUPLICATE", |locale, n| match (locale, dimension.is_empty()) {
        (Locale::Vi, true) => format!("{} cũng là số liệu của kỳ {}: có thể nhập hai lần.", n(value), other.period),
        (Locale::Vi, false) => {
            format!("{} cũng là số liệu của kỳ {}, phân tổ {dimension}: có thể nhập hai lần.", n(value), other.period)
        }
        (Locale::En, true) => format!("{} is the figure of {} too: perhaps entered twice.", n(value), other.period),
        (Locale::En, false) => {
            format!("{} is the figure of {}, {dimension} too: perhaps entered twice.", n(value), other.period)
        }
    }))
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    let upper = *values.get(half)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    values.get(half.checked_sub(1)?).map(|lower| f64::midpoint(*lower, upper))
}

/// How many decimals a number is printed with.
fn decimals(number: f64) -> i32 {
    let printed = number.to_string();
    let places = printed.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    i32::try_from(places).unwrap_or(0)
}

/// How many digits of a number say something: 2,500 has two, 2,513 has four.
fn significant(number: f64) -> usize {
    let digits: String = number.abs().to_string().chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').trim_end_matches('0').len()
}
