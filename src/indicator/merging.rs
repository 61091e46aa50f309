//! Merging (gộp số liệu): how the figures of several units, of one indicator and one period, become one figure for the unit that
//! they became. What cannot be merged stays null and says why: there is never a silent partial sum.

use async_graphql::Enum;
use entity::{
    ids::UnitId,
    kinds::{MergeRule, ObservationStatus, Qualifier, ValueType},
};

use super::input::Input;

/// Why a point of a series has no value (lý do thiếu giá trị).
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingReason {
    /// A predecessor has no figure, or not the numerator and denominator that the rule needs (thiếu số liệu đầu vào).
    MissingInput,
    /// A figure to weigh by is lacking (thiếu trọng số).
    MissingWeight,
    /// The indicator's figures are never merged: ranks, scores, sets that overlap (không gộp được).
    RuleNone,
    /// The figure has no number, only words (không có con số).
    NoObservation,
    /// The figures differ in method or definition, or the old unit became several (không so sánh được).
    NotComparable,
}

/// A unit, its figure and the figure that weighs it, as far as there are any.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Whose.
    pub unit: UnitId,
    /// How much.
    pub figure: Option<&'a Input>,
    /// For WEIGHTED_MEAN: with which weight.
    pub weight: Option<&'a Input>,
}

/// What became of some figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// The value, or why there is none.
    pub value: Result<(f64, Qualifier), MissingReason>,
    /// The share of the units that have what the rule needs.
    pub coverage: f64,
    /// The other units.
    pub lacking: Vec<UnitId>,
    /// What sort of figure it is: as uncertain as the most uncertain of them.
    pub status: ObservationStatus,
    /// Their method, where it is the same.
    pub method: Option<i32>,
}

fn number(figure: Option<&Input>) -> Option<(f64, &Input)> {
    figure.filter(|f| f.status != ObservationStatus::Missing).and_then(|f| Some((f.value?, f)))
}

/// Merges figures by a rule. With `allow_partial` a SUM leaves out the units that have no figure.
pub fn merge(rule: MergeRule, value_type: ValueType, parts: &[Part<'_>], allow_partial: bool) -> Merged {
    let ratio = |p: &Part<'_>| p.figure.and_then(|f| f.numerator.zip(f.denominator));
    let weight = |p: &Part<'_>| {
        number(p.weight).filter(|(_, w)| w.status != ObservationStatus::DefinitionDiffers).map(|(value, _)| value)
    };
    let stated: Vec<(f64, &Input)> = parts.iter().filter_map(|p| number(p.figure)).collect();
    let lacking =
        |has: &dyn Fn(&Part<'_>) -> bool| -> Vec<UnitId> { parts.iter().filter(|p| !has(p)).map(|p| p.unit).collect() };
    let without_figure = lacking(&|p| number(p.figure).is_some());
    let unweighed = lacking(&|p| weight(p).is_some());
    let needed = match rule {
        MergeRule::RatioOfSums => lacking(&|p| number(p.figure).is_some() && ratio(p).is_some()),
        MergeRule::WeightedMean if without_figure.is_empty() => unweighed.clone(),
        _ => without_figure.clone(),
    };
    let method = same(stated.iter().map(|(_, f)| f.methodology_version));
    let one_weight = same(parts.iter().filter_map(|p| number(p.weight)).map(|(_, w)| w.methodology_version));
    let comparable = (stated.is_empty() || method.is_some())
        && stated.iter().all(|(_, f)| f.status != ObservationStatus::DefinitionDiffers)
        && (rule != MergeRule::WeightedMean || one_weight.is_some() || unweighed.len() == parts.len());
    let partial = rule == MergeRule::Sum && allow_partial && !stated.is_empty();
    let values = || stated.iter().map(|(value, _)| *value);
    let total = || rounded(values().sum(), values());
    let value = if rule == MergeRule::None {
        Err(MissingReason::RuleNone)
    } else if !comparable {
        Err(MissingReason::NotComparable)
    } else if !without_figure.is_empty() && !partial {
        Err(MissingReason::MissingInput)
    } else if !needed.is_empty() && rule == MergeRule::WeightedMean {
        Err(MissingReason::MissingWeight)
    } else {
        let merged = match rule {
            MergeRule::Sum => Some(total()),
            MergeRule::Mean => divided(total(), stated.len() as f64),
            MergeRule::Min => values().reduce(f64::min),
            MergeRule::Max => values().reduce(f64::max),
            MergeRule::RatioOfSums if needed.is_empty() => {
                let sums = parts.iter().filter_map(ratio).fold((0.0, 0.0), |(n, d), (top, below)| (n + top, d + below));
                divided(sums.0, sums.1).map(|share| share * scale(value_type))
            }
            MergeRule::WeightedMean => {
                let weighed = parts.iter().filter_map(|p| Some((number(p.figure)?.0, weight(p)?)));
                let sums = weighed.fold((0.0, 0.0), |(sum, all), (value, w)| (sum + value * w, all + w));
                divided(sums.0, sums.1)
            }
            _ => None,
        };
        let none =
            if rule == MergeRule::WeightedMean { MissingReason::MissingWeight } else { MissingReason::MissingInput };
        merged.map(|value| (value, qualifier(rule, value, &stated, parts))).ok_or(none)
    };
    let status = match value {
        Ok(_) => {
            stated.iter().map(|(_, f)| f.status).max_by_key(|s| uncertainty(*s)).unwrap_or(ObservationStatus::Missing)
        }
        Err(MissingReason::NotComparable) if method.is_none() => ObservationStatus::Break,
        Err(MissingReason::NotComparable) => ObservationStatus::DefinitionDiffers,
        Err(_) => ObservationStatus::Missing,
    };
    let lacking = match value {
        Err(MissingReason::RuleNone | MissingReason::NotComparable) => without_figure,
        _ => needed,
    };
    let coverage = divided((parts.len() - lacking.len()) as f64, parts.len() as f64).unwrap_or(0.0);
    Merged { value, coverage, lacking, status, method }
}

/// The one thing that all of them are.
fn same<T: PartialEq>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.all(|one| one == first).then_some(first)
}

fn divided(a: f64, b: f64) -> Option<f64> {
    Some(a / b).filter(|quotient| b != 0.0 && quotient.is_finite())
}

fn scale(value_type: ValueType) -> f64 {
    match value_type {
        ValueType::Percent | ValueType::Per100 => 100.0,
        _ => 1.0,
    }
}

/// A sum or a difference without the dust of binary fractions: no more decimals than what it was made of.
pub fn rounded(value: f64, of: impl Iterator<Item = f64>) -> f64 {
    let decimals = |number: f64| number.to_string().split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let places = of.map(decimals).max().unwrap_or(0);
    format!("{value:.places$}").parse().unwrap_or(value)
}

/// Of EXACT and OVER figures OVER, of EXACT and UNDER figures UNDER, of anything else ABOUT. The smallest or the largest is as its
/// own figure is, unless another one might lie beyond it.
fn qualifier(rule: MergeRule, value: f64, stated: &[(f64, &Input)], parts: &[Part<'_>]) -> Qualifier {
    let all = || stated.iter().map(|(_, f)| f.qualifier);
    let only = |other: Qualifier| all().all(|q| q == Qualifier::Exact || q == other);
    let exact_weights = || parts.iter().filter_map(|p| p.weight).all(|w| w.qualifier == Qualifier::Exact);
    let beyond = match rule {
        MergeRule::Min => Some(Qualifier::Over),
        MergeRule::Max => Some(Qualifier::Under),
        MergeRule::WeightedMean if !exact_weights() => return Qualifier::About,
        _ => None,
    };
    match beyond {
        Some(away) => {
            let exact = stated.iter().any(|(v, f)| *v == value && f.qualifier == Qualifier::Exact);
            match only(away) {
                true if exact => Qualifier::Exact,
                true => away,
                false => Qualifier::About,
            }
        }
        None if only(Qualifier::Exact) => Qualifier::Exact,
        None if only(Qualifier::Over) => Qualifier::Over,
        None if only(Qualifier::Under) => Qualifier::Under,
        None => Qualifier::About,
    }
}

fn uncertainty(status: ObservationStatus) -> u8 {
    match status {
        ObservationStatus::Official => 0,
        ObservationStatus::Provisional => 1,
        ObservationStatus::Estimated => 2,
        ObservationStatus::Forecast => 3,
        ObservationStatus::Break => 4,
        ObservationStatus::DefinitionDiffers => 5,
        ObservationStatus::Missing => 6,
    }
}

#[cfg(test)]
pub mod tests {
    //! Figures, case by case.

    use entity::{
        ids::{IndicatorId, ObservationId},
        kinds::SharingClass,
        time::Period,
    };

    use super::*;
    use MissingReason::{MissingInput, MissingWeight, NotComparable, RuleNone};
    use Qualifier::{About, Exact, Over, TopN, Under};

    /// A figure of a unit in a period, for tests.
    pub fn figure(unit: i64, period: &str, value: Option<f64>, qualifier: Qualifier) -> Input {
        let period: Period = period.parse().expect("a period");
        let span = period.span().expect("a span");
        Input {
            id: ObservationId(unit),
            indicator_id: IndicatorId(1),
            area_id: UnitId(unit),
            period,
            period_start: span.start,
            period_end: span.end,
            value,
            qualifier,
            numerator: None,
            denominator: None,
            dimension: String::new(),
            methodology_version: 1,
            status: ObservationStatus::Official,
            sharing: SharingClass::Open,
            recorded_by: String::new(),
        }
    }

    fn of(value: f64, qualifier: Qualifier) -> Option<Input> {
        Some(figure(1, "2022", Some(value), qualifier))
    }

    fn ratio(value: f64, fraction: Option<(f64, f64)>) -> Option<Input> {
        let (numerator, denominator) = fraction.unzip();
        of(value, Exact).map(|f| Input { numerator, denominator, ..f })
    }

    fn merged(rule: MergeRule, figures: &[Option<Input>], weights: &[Option<Input>], partial: bool) -> Merged {
        let parts: Vec<_> = figures
            .iter()
            .enumerate()
            .map(|(n, f)| Part {
                unit: UnitId(n as i64),
                figure: f.as_ref(),
                weight: weights.get(n).and_then(Option::as_ref),
            })
            .collect();
        merge(rule, ValueType::Percent, &parts, partial)
    }

    #[test]
    fn a_sum_needs_every_part_unless_a_partial_one_is_allowed() {
        use MergeRule::Sum;
        let all = [of(0.1, Exact), of(0.2, Exact), of(3.0, Exact)];
        assert_eq!(merged(Sum, &all, &[], false).value, Ok((3.3, Exact)));
        let some = [of(2.0, Exact), None, of(3.0, Over)];
        let strict = merged(Sum, &some, &[], false);
        assert_eq!((strict.value, strict.lacking), (Err(MissingInput), vec![UnitId(1)]));
        assert_eq!(strict.coverage, 2.0 / 3.0);
        assert_eq!(strict.status, ObservationStatus::Missing);
        let partial = merged(Sum, &some, &[], true);
        assert_eq!((partial.value, partial.lacking), (Ok((5.0, Over)), vec![UnitId(1)]));
        assert_eq!(partial.coverage, 2.0 / 3.0);
        // A figure in words, or one that says that there is none, is no input.
        let words = [of(2.0, Exact), of(0.0, Exact).map(|f| Input { value: None, ..f })];
        assert_eq!(merged(Sum, &words, &[], false).value, Err(MissingInput));
        let none = [of(2.0, Exact), of(7.0, Exact).map(|f| Input { status: ObservationStatus::Missing, ..f })];
        assert_eq!(merged(Sum, &none, &[], true).value, Ok((2.0, Exact)));
        assert_eq!(merged(Sum, &[None, None], &[], true).value, Err(MissingInput));
    }

    #[test]
    fn qualifiers_merge_as_what_they_say() {
        for (qualifiers, sum) in [
            (vec![Exact, Exact], Exact),
            (vec![Exact, Over, Over], Over),
            (vec![Over], Over),
            (vec![Under, Exact], Under),
            (vec![Over, Under], About),
            (vec![Exact, About], About),
            (vec![Qualifier::AtLeast, Exact], About),
            (vec![TopN], About),
        ] {
            let figures: Vec<_> = qualifiers.iter().map(|q| of(1.0, *q)).collect();
            let value = merged(MergeRule::Sum, &figures, &[], false).value;
            assert_eq!(value.map(|(_, q)| q), Ok(sum), "{qualifiers:?}");
        }
    }

    #[test]
    fn the_smallest_is_exact_only_if_nothing_may_lie_below_it() {
        for (rule, figures, value) in [
            (MergeRule::Min, [(10.0, Exact), (20.0, Over)], (10.0, Exact)),
            (MergeRule::Min, [(10.0, Over), (20.0, Exact)], (10.0, Over)),
            (MergeRule::Min, [(10.0, Exact), (20.0, Under)], (10.0, About)),
            (MergeRule::Max, [(10.0, Under), (20.0, Exact)], (20.0, Exact)),
            (MergeRule::Max, [(10.0, Over), (20.0, Exact)], (20.0, About)),
            (MergeRule::Mean, [(10.0, Exact), (20.0, Exact)], (15.0, Exact)),
        ] {
            let given: Vec<_> = figures.iter().map(|(v, q)| of(*v, *q)).collect();
            assert_eq!(merged(rule, &given, &[], true).value, Ok(value), "{rule:?} {figures:?}");
        }
    }

    #[test]
    fn a_ratio_needs_numerator_and_denominator_of_all() {
        use MergeRule::RatioOfSums;
        let both = [ratio(99.5, Some((2512.0, 2526.0))), ratio(50.0, Some((1.0, 2.0)))];
        assert_eq!(merged(RatioOfSums, &both, &[], false).value, Ok((2513.0 / 2528.0 * 100.0, Exact)));
        let printed_only = [ratio(99.5, Some((2512.0, 2526.0))), ratio(99.9, None)];
        let lacking = merged(RatioOfSums, &printed_only, &[], true);
        assert_eq!((lacking.value, lacking.lacking), (Err(MissingInput), vec![UnitId(1)]));
        assert_eq!(lacking.coverage, 0.5);
        let nothing = [ratio(0.0, Some((0.0, 0.0))), ratio(0.0, Some((0.0, 0.0)))];
        assert_eq!(merged(RatioOfSums, &nothing, &[], false).value, Err(MissingInput));
        let parts = [ratio(0.5, Some((1.0, 2.0))), ratio(0.25, Some((1.0, 4.0)))];
        let parts: Vec<_> = parts.iter().map(|f| Part { unit: UnitId(1), figure: f.as_ref(), weight: None }).collect();
        let per_head = merge(RatioOfSums, ValueType::Quantity, &parts, false).value;
        assert_eq!(per_head, Ok((2.0 / 6.0, Exact)), "a quantity is not a share of 100");
    }

    #[test]
    fn a_weighted_mean_needs_a_weight_for_each() {
        use MergeRule::WeightedMean;
        let speeds = [of(50.0, Exact), of(100.0, Exact)];
        let value = |weights: &[Option<Input>]| merged(WeightedMean, &speeds, weights, false).value;
        assert_eq!(value(&[of(3.0, Exact), of(1.0, Exact)]), Ok((62.5, Exact)));
        assert_eq!(value(&[of(3.0, Exact), of(1.0, About)]), Ok((62.5, About)));
        assert_eq!(value(&[of(0.0, Exact), of(0.0, Exact)]), Err(MissingWeight));
        let differs = of(1.0, Exact).map(|f| Input { status: ObservationStatus::DefinitionDiffers, ..f });
        assert_eq!(value(&[of(3.0, Exact), differs]), Err(MissingWeight));
        let lacking = merged(WeightedMean, &speeds, &[of(3.0, Exact), None], false);
        assert_eq!((lacking.value, lacking.lacking), (Err(MissingWeight), vec![UnitId(1)]));
        assert_eq!(merged(WeightedMean, &speeds, &[], false).value, Err(MissingWeight));
        let one = merged(WeightedMean, &[of(50.0, Exact), None], &[], true);
        assert_eq!((one.value, one.lacking), (Err(MissingInput), vec![UnitId(1)]));
    }

    #[test]
    fn some_things_are_never_merged() {
        let ranks = [of(18.0, Exact), of(5.0, Exact)];
        let none = merged(MergeRule::None, &ranks, &[], true);
        assert_eq!((none.value, none.coverage, none.lacking), (Err(RuleNone), 1.0, vec![]));
        let methods = [of(1.0, Exact), of(2.0, Exact).map(|f| Input { methodology_version: 2, ..f })];
        let other_method = merged(MergeRule::Sum, &methods, &[], false);
        assert_eq!((other_method.value, other_method.status), (Err(NotComparable), ObservationStatus::Break));
        let differs =
            [of(1.0, Exact), of(2.0, Exact).map(|f| Input { status: ObservationStatus::DefinitionDiffers, ..f })];
        assert_eq!(merged(MergeRule::Sum, &differs, &[], true).value, Err(NotComparable));
    }

    #[test]
    fn a_sum_is_as_uncertain_as_its_most_uncertain_part() {
        let parts = [of(1.0, Exact), of(2.0, Exact).map(|f| Input { status: ObservationStatus::Estimated, ..f })];
        assert_eq!(merged(MergeRule::Sum, &parts, &[], false).status, ObservationStatus::Estimated);
    }
}
