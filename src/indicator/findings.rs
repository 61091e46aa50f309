//! What checks find in a figure (phát hiện chất lượng): beside itself, beside its own series, beside other figures of its area. A
//! finding blocks nothing and changes nothing: what was printed stays.
//!
//! A figure is compared only with what its recorder sees, never with one that fewer people may see, and once it is published only with
//! what is public: what a finding says is told to everybody who sees the figure.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::{
    ids::{IndicatorId, ObservationId, UnitId},
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

/// What of an observation others are compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct Peer {
    /// Which revision.
    pub id: ObservationId,
    /// Its period.
    pub period: Period,
    /// The first day of that.
    pub period_start: NaiveDate,
    /// The last day of that.
    pub period_end: NaiveDate,
    /// How much.
    pub value: Option<f64>,
    /// The numerator.
    pub numerator: Option<f64>,
    /// The denominator.
    pub denominator: Option<f64>,
    /// Of a rank: out of how many.
    pub rank_of: Option<i32>,
    /// What it is restricted to.
    pub dimension: String,
    /// The scope, as printed.
    pub scope_text: Option<String>,
    /// The version of the method.
    pub methodology_version: i32,
    /// What sort of figure it is.
    pub status: ObservationStatus,
    /// Who may see it.
    pub sharing: SharingClass,
}

impl Peer {
    /// What of a row others are compared with.
    pub fn of(row: &Figure) -> Self {
        Peer {
            id: row.id,
            period: row.period.clone(),
            period_start: row.period_start,
            period_end: row.period_end,
            value: row.value,
            numerator: row.numerator,
            denominator: row.denominator,
            rank_of: row.rank_of,
            dimension: row.dimension.clone(),
            scope_text: row.scope_text.clone(),
            methodology_version: row.methodology_version,
            status: row.status,
            sharing: row.sharing,
        }
    }
}

/// What stands near an observation.
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    /// Of its indicator, area and dimension: the periods nearest to its own.
    pub series: Vec<Peer>,
    /// Of its indicator, area and period, with its value.
    pub dimensions: Vec<Peer>,
    /// Of its area, period and scope: other totals.
    pub totals: Vec<Peer>,
}

impl Neighbours {
    /// The same, without some revisions.
    pub fn without(mut self, gone: &HashSet<ObservationId>) -> Self {
        for peers in [&mut self.series, &mut self.dimensions, &mut self.totals] {
            peers.retain(|peer| !gone.contains(&peer.id));
        }
        self
    }
}

/// The observations that are recorded together, by what they are looked up by.
#[derive(Default)]
pub struct Together<'a> {
    /// Of one indicator, area and dimension, by their periods.
    series: HashMap<(IndicatorId, UnitId, &'a str), Vec<&'a Peer>>,
    /// Of one indicator, area and period.
    periods: HashMap<(IndicatorId, UnitId, &'a Period), Vec<&'a Peer>>,
    /// The totals of one area, period and scope, and who may know of them: each once.
    totals: HashMap<(UnitId, &'a Period, &'a str), Vec<(f64, SharingClass)>>,
}

impl<'a> Together<'a> {
    /// Only of what is public, where the findings are for everybody.
    pub fn new(rows: impl IntoIterator<Item = (&'a Figure, &'a Peer)>, published: bool) -> Self {
        let public = |f: &Figure| f.published_at.is_some() && f.sharing == SharingClass::Open;
        let mut rows: Vec<(&Figure, &Peer)> = rows.into_iter().collect();
        rows.retain(|(f, _)| !published || public(f));
        rows.sort_by_key(|(f, _)| (f.period_end, f.period_start));
        let mut together = Together::default();
        for (f, peer) in rows {
            let (indicator, area) = (f.indicator_id, f.area_id);
            together.series.entry((indicator, area, f.dimension.as_str())).or_default().push(peer);
            together.periods.entry((indicator, area, &f.period)).or_default().push(peer);
            if let (Some(scope), Some(total)) = (&f.scope_key, f.denominator) {
                let known = together.totals.entry((area, &f.period, scope.as_str())).or_default();
                // Two totals of a class tell of any third observation that one of them is another.
                let of_class = known.iter().filter(|(_, sharing)| *sharing == f.sharing).count();
                if of_class < 2 && !known.contains(&(total, f.sharing)) {
                    known.push((total, f.sharing));
                }
            }
        }
        together
    }
    /// Of the same series, those nearest to an observation's period.
    fn series<'s>(&'s self, of: &'s Figure) -> &'s [&'a Peer] {
        let all = self.series.get(&(of.indicator_id, of.area_id, of.dimension.as_str()));
        nearest(all.map(Vec::as_slice).unwrap_or_default(), of)
    }
    /// Of the same period, under whatever dimension.
    fn period<'s>(&'s self, of: &'s Figure) -> &'s [&'a Peer] {
        let all = self.periods.get(&(of.indicator_id, of.area_id, &of.period)).map(Vec::as_slice).unwrap_or_default();
        all.get(..all.len().min(2 * NEAR)).unwrap_or_default()
    }
    fn totals<'s>(&'s self, of: &'s Figure) -> &'s [(f64, SharingClass)] {
        let scope = of.scope_key.as_deref();
        let known = scope.and_then(|scope| self.totals.get(&(of.area_id, &of.period, scope)));
        known.map(Vec::as_slice).unwrap_or_default()
    }
}

/// Those of a series, in the order of its periods, whose periods are nearest to an observation's.
fn nearest<'s, 'a>(all: &'s [&'a Peer], of: &Figure) -> &'s [&'a Peer] {
    let place = all.partition_point(|f| f.period_end < of.period_end);
    all.get(place.saturating_sub(NEAR)..all.len().min(place + 1 + NEAR)).unwrap_or_default()
}

/// What an observation is compared with: nothing that fewer people may see.
pub struct Around<'a> {
    /// The same indicator, area and dimension in other periods, the nearest.
    periods: Vec<&'a Peer>,
    /// The same indicator, area and period under other dimensions, as many as anybody would look through.
    dimensions: Vec<&'a Peer>,
    /// Another total than its own, of the same scope, area and period.
    other_total: Option<f64>,
    methodology_version: i32,
}

impl<'a> Around<'a> {
    /// From what stands near it, and those that are recorded together with it.
    pub fn of(of: &Figure, stored: &'a Neighbours, together: &Together<'a>) -> Self {
        let mut series: Vec<&Peer> = stored.series.iter().chain(together.series(of).iter().copied()).collect();
        series.sort_by_key(|f| (f.period_end, f.period_start));
        let other_period = |f: &&&Peer| f.period != of.period && as_open(f.sharing, of.sharing);
        let periods = nearest(&series, of).iter().filter(other_period).copied().collect();
        let beside = stored.dimensions.iter().chain(together.period(of).iter().copied());
        let dimensions = beside.filter(|f| f.dimension != of.dimension && as_open(f.sharing, of.sharing)).collect();
        let stored = stored.totals.iter().filter_map(|f| Some((f.denominator?, f.sharing)));
        let mut totals = stored.chain(together.totals(of).iter().copied());
        let other = of
            .denominator
            .and_then(|own| totals.find(|(total, sharing)| *total != own && as_open(*sharing, of.sharing)));
        let other_total = other.map(|(total, _)| total);
        Around { periods, dimensions, other_total, methodology_version: of.methodology_version }
    }
    /// Its series: other periods that are measured in the same way.
    fn series(&self) -> impl Iterator<Item = &'a Peer> {
        self.periods.iter().copied().filter(|f| f.methodology_version == self.methodology_version)
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
    if let Some(denominator) = figure.denominator
        && let Some(other) = around.other_total
    {
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
    if matches!(figure.status, ObservationStatus::DefinitionDiffers | ObservationStatus::Break) {
        return None;
    }
    let before = around.series().filter(|f| f.period_end < figure.period_end).max_by_key(|f| f.period_end)?;
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

fn values(around: &Around<'_>) -> Vec<f64> {
    let comparable = |f: &&Peer| !matches!(f.status, ObservationStatus::DefinitionDiffers | ObservationStatus::Missing);
    around.series().filter(comparable).filter_map(|f| f.value).collect()
}

/// A value far from the middle of its own series, by the spread of that series: median and median absolute deviation, which a
/// single odd value does not move.
fn outlier(figure: &Figure, indicator: &indicator::Model, around: &Around<'_>) -> Option<Finding> {
    let value = figure.value.filter(|_| is_measured(indicator))?;
    let series = values(around);
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
    let middle = median(values(around)).filter(|middle| *middle != 0.0)?;
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
    let said = (figure.value, figure.numerator, figure.denominator, figure.rank_of);
    let says = |f: &Peer| said == (f.value, f.numerator, f.denominator, f.rank_of);
    let meant = |f: &Figure| (f.qualifier, f.status, f.sharing, f.text.clone(), f.scope_text.clone());
    if let Some(before) = revised.filter(|before| says(&Peer::of(before)) && meant(before) == meant(figure)) {
        return Some(warning("DUPLICATE", |locale, _| match locale {
            Locale::Vi => format!("Nói đúng như lần sửa đổi {} trước đó.", before.revision),
            Locale::En => format!("Says just what its revision {} says.", before.revision),
        }));
    }
    let value = figure.value?;
    let telling = is_telling(figure.value, figure.denominator);
    let overlap = |f: &Peer| f.period_start <= figure.period_end && figure.period_start <= f.period_end;
    let before_or_after = around.periods.iter().filter(|f| telling || overlap(f));
    let beside = around.dimensions.iter().filter(|_| telling);
    let other = before_or_after.chain(beside).find(|f| says(f))?;
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

/// Whether a number is so exact, or has such a fraction, that the same number elsewhere is odd.
pub fn is_telling(value: Option<f64>, denominator: Option<f64>) -> bool {
    value.is_some_and(|value| significant(value) >= 4 || denominator.is_some())
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
