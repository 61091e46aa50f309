//! Lineages (dòng kế thừa): which units represent a unit in a span of days. A unit represents itself while it exists. For
//! earlier days its predecessors represent it, and for days before those, their predecessors.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::{
    ids::{UnitId, UnitVersionId},
    kinds::SuccessionKind,
    succession,
    time::Span,
    unit_version,
};

/// The first and the last day of a unit; `None` where there is no bound.
pub type Life = (Option<NaiveDate>, Option<NaiveDate>);

/// A set of units with their versions and successions.
#[derive(Debug, Default)]
pub struct Lineage {
    lives: HashMap<UnitId, Life>,
    versions: HashMap<UnitId, Vec<(Option<NaiveDate>, UnitVersionId)>>,
    origins: HashMap<UnitId, Vec<(UnitId, SuccessionKind)>>,
}

/// The units that represent a unit in a span of days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The units, in the order of the successions.
    pub units: Vec<UnitId>,
    /// Whether one of them was divided into several units. Its observations cover all of these, so they cannot be attributed
    /// to one.
    pub split: bool,
}

impl Lineage {
    /// Builds a lineage from database rows.
    pub fn new(
        lives: HashMap<UnitId, Life>,
        successions: Vec<succession::Model>,
        versions: Vec<unit_version::Model>,
    ) -> Self {
        let mut lineage = Lineage { lives, ..Lineage::default() };
        for row in successions {
            lineage.origins.entry(row.successor_id).or_default().push((row.predecessor_id, row.kind));
        }
        for row in versions {
            lineage.versions.entry(row.unit_id).or_default().push((row.valid_from, row.id));
        }
        lineage.versions.values_mut().for_each(|versions| versions.sort_unstable());
        lineage
    }
    /// All units of the lineage, in no particular order.
    pub fn units(&self) -> impl Iterator<Item = UnitId> {
        self.lives.keys().copied()
    }
    /// The units that represent `unit` in a span. A unit for which `has` is true represents itself, whatever its days.
    pub fn parts(&self, unit: UnitId, span: Span, has: &dyn Fn(UnitId) -> bool) -> Parts {
        let mut parts = Parts::default();
        self.gather(unit, span, has, &mut HashSet::new(), &mut parts);
        parts
    }
    fn gather(
        &self,
        unit: UnitId,
        span: Span,
        has: &dyn Fn(UnitId) -> bool,
        seen: &mut HashSet<UnitId>,
        parts: &mut Parts,
    ) {
        if !seen.insert(unit) {
            return;
        }
        let (from, to) = self.lives.get(&unit).copied().unwrap_or_default();
        let origins = self.origins.get(&unit).map(Vec::as_slice).unwrap_or_default();
        if has(unit) || origins.is_empty() || from.is_none_or(|from| from <= span.start) {
            if has(unit) || to.is_none_or(|to| span.start <= to) {
                parts.units.push(unit);
            }
            return;
        }
        for (origin, kind) in origins {
            let before = parts.units.len();
            self.gather(*origin, span, has, seen, parts);
            parts.split |= *kind == SuccessionKind::Split && parts.units.len() > before;
        }
    }
    /// The version of a unit on a day: the latest that had begun by then, else the first.
    pub fn version(&self, unit: UnitId, day: NaiveDate) -> Option<UnitVersionId> {
        let versions = self.versions.get(&unit)?;
        let begun = versions.iter().rfind(|(from, _)| from.is_none_or(|from| from <= day));
        begun.or(versions.first()).map(|(_, id)| *id)
    }
}

#[cfg(test)]
mod tests {
    use entity::{ids::SuccessionId, time::Period};

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn came(successor: i64, predecessor: i64, kind: SuccessionKind, on: &str) -> succession::Model {
        succession::Model {
            id: SuccessionId(0),
            predecessor_id: UnitId(predecessor),
            successor_id: UnitId(successor),
            kind,
            effective_on: day(on),
            legal_basis_id: None,
        }
    }

    /// 1 and 2 became 3 in 2008; 3 and 4 became 5 in July 2025. 6 is a part of 4, split off in 2010.
    fn lineage() -> Lineage {
        let life = |from: Option<&str>, to: Option<&str>| (from.map(day), to.map(day));
        let lives = [
            (1, life(None, Some("2008-07-31"))),
            (2, life(None, Some("2008-07-31"))),
            (3, life(Some("2008-08-01"), Some("2025-06-30"))),
            (4, life(None, Some("2025-06-30"))),
            (5, life(Some("2025-07-01"), None)),
            (6, life(Some("2010-01-01"), None)),
        ];
        use SuccessionKind::{Merged, Split};
        let successions = vec![
            came(3, 1, Merged, "2008-08-01"),
            came(3, 2, Merged, "2008-08-01"),
            came(5, 3, Merged, "2025-07-01"),
            came(5, 4, Merged, "2025-07-01"),
            came(6, 4, Split, "2010-01-01"),
        ];
        Lineage::new(lives.map(|(id, life)| (UnitId(id), life)).into(), successions, vec![])
    }

    #[test]
    fn before_a_unit_those_that_it_came_from_stand_for_it() {
        let lineage = lineage();
        for (unit, period, has, stand, split) in [
            (5, "2026", vec![], vec![5], false),
            (5, "2022", vec![3], vec![3, 4], false),
            (5, "2005", vec![1], vec![1, 2, 4], false),
            // A year in which it began: its own figure where it has one, else what the old units still said.
            (5, "2025", vec![5, 3], vec![5], false),
            (5, "2025", vec![3], vec![3, 4], false),
            (5, "2025-Q4", vec![], vec![5], false),
            (3, "2022", vec![], vec![3], false),
            (6, "2005", vec![4], vec![4], true),
            (6, "2015", vec![6], vec![6], false),
        ] {
            let span = period.parse::<Period>().expect(period).span().expect(period);
            let parts = lineage.parts(UnitId(unit), span, &|u| has.contains(&u.0));
            let stand = stand.into_iter().map(UnitId).collect();
            assert_eq!(parts, Parts { units: stand, split }, "{unit} in {period}");
        }
    }
}
