//! Rankings (xếp hạng): who stands where among the provinces, by the figures of one period. Who has the same value shares a place,
//! and the next place is left out: 1, 2, 2, 4.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    ids::{IndicatorId, ObservationId},
    kinds::{Direction, ObservationStatus, SharingClass},
    time::Period,
};

use super::{
    granted,
    input::Input,
    store::{self, newest},
};
use crate::kernel::{error::Result, op::Op, text::clean};

/// A figure and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// The place, from 1.
    pub rank: i32,
    /// Out of how many.
    pub of: i32,
    /// The figure.
    pub figure: ObservationId,
    /// The strictest class of all the figures that have a place.
    pub sharing: SharingClass,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// In which period; in the newest by default.
    pub period: Option<Period>,
    /// With which restriction; empty for none.
    pub dimension: String,
    /// Only units that are in being on this day.
    pub on: Option<NaiveDate>,
    /// How many places.
    pub first: usize,
}

/// Ranks figures. Those without a number, of another definition or of an older method than the newest among them have no place.
pub fn rank(direction: Direction, figures: &[Input], first: usize) -> Vec<Ranked> {
    use ObservationStatus::{DefinitionDiffers, Missing};
    let compares = |f: &&Input| !matches!(f.status, DefinitionDiffers | Missing) && f.value.is_some();
    let method = figures.iter().filter(compares).map(|f| f.methodology_version).max();
    let comparable = figures.iter().filter(compares).filter(|f| Some(f.methodology_version) == method);
    let mut placed: Vec<(f64, &Input)> = comparable.filter_map(|f| Some((f.value?, f))).collect();
    placed.sort_by(|(a, _), (b, _)| match direction {
        Direction::LowerBetter => a.total_cmp(b),
        Direction::HigherBetter | Direction::Neutral => b.total_cmp(a),
    });
    let of = whole(placed.len());
    let sharing = granted::strictest(placed.iter().map(|(_, f)| *f)).unwrap_or(SharingClass::Open);
    let (mut rank, mut last) = (0, None);
    let place = |(n, (value, figure)): (usize, (f64, &Input))| {
        if last != Some(value) {
            (rank, last) = (whole(n + 1), Some(value));
        }
        Ranked { rank, of, figure: figure.id, sharing }
    };
    placed.into_iter().enumerate().map(place).take(first).collect()
}

fn whole(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Loads the rankings of some indicators.
///
/// # Errors
/// The database's.
pub async fn load(op: &Op, indicators: &[i64], asked: &Asked) -> Result<HashMap<i64, Vec<Ranked>>> {
    let known = store::by_ids(op, indicators.iter().copied().map(IndicatorId)).await?;
    let rows = newest::to_rank(op, indicators, asked.period.as_ref(), &clean(&asked.dimension), asked.on).await?;
    granted::note(op, &rows);
    let mut figures: HashMap<IndicatorId, Vec<Input>> = HashMap::new();
    for row in rows {
        figures.entry(row.indicator_id).or_default().push(row);
    }
    let ranked = known.into_iter().map(|indicator| {
        let figures = figures.remove(&indicator.id).unwrap_or_default();
        (indicator.id.into(), rank(indicator.direction, &figures, asked.first))
    });
    Ok(ranked.collect())
}

#[cfg(test)]
mod tests {
    use entity::kinds::Qualifier::{Exact, Over};

    use super::{super::merging::tests::figure, *};

    fn ranks(direction: Direction, figures: &[Input], first: usize) -> Vec<(i64, i32, i32)> {
        rank(direction, figures, first).into_iter().map(|r| (r.figure.into(), r.rank, r.of)).collect()
    }

    #[test]
    fn equal_values_share_a_place() {
        let figures = [
            figure(1, "2024", Some(70.4), Exact),
            figure(2, "2024", Some(93.66), Over),
            figure(3, "2024", None, Exact),
            figure(4, "2024", Some(93.66), Exact),
            figure(5, "2024", Some(100.0), Exact),
        ];
        let places = [(5, 1, 4), (2, 2, 4), (4, 2, 4), (1, 4, 4)];
        assert_eq!(ranks(Direction::HigherBetter, &figures, 34), places);
        assert_eq!(ranks(Direction::Neutral, &figures, 2), places[..2]);
        assert_eq!(ranks(Direction::LowerBetter, &figures, 34), [(1, 1, 4), (2, 2, 4), (4, 2, 4), (5, 4, 4)]);
    }

    #[test]
    fn only_what_compares_has_a_place() {
        let of = |unit, status, methodology_version| Input {
            status,
            methodology_version,
            ..figure(unit, "2025", Some(unit as f64), Exact)
        };
        use ObservationStatus::{DefinitionDiffers, Official};
        let figures = [of(1, Official, 1), of(2, Official, 2), of(3, DefinitionDiffers, 3), of(4, Official, 2)];
        assert_eq!(ranks(Direction::LowerBetter, &figures, 34), [(2, 1, 2), (4, 2, 2)]);
        assert_eq!(ranks(Direction::LowerBetter, &[], 34), []);
    }
}
