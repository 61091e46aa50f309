//! Agencies, plans and their targets.

use chrono::{Days, NaiveDate};

use super::{
    Fill, Unit, day,
    names::{PLANS, SUBJECTS, of},
    sink::Cell,
};
use crate::{
    failure::Result,
    kernel::text::{searched, sort_key},
    row,
};

/// The units of the day's map.
pub fn present(units: &[Unit]) -> impl Iterator<Item = &Unit> {
    units.iter().filter(|unit| unit.to.is_none())
}

/// An agency that was made, and the unit to which it belongs.
#[derive(Clone, Copy)]
pub struct Agency {
    /// Its id.
    pub id: i64,
    /// Its unit.
    pub area: i64,
}

impl Fill<'_> {
    /// Ten departments of each province.
    pub fn agencies(&mut self) -> Result<Vec<Agency>> {
        let first = self.sink.last_id("agency")? + 1;
        let (mut made, mut rows) = (vec![], vec![]);
        for unit in present(&self.units) {
            for n in 0..10 {
                let id = first + rows.len() as i64;
                let code = format!("so-{}-{}", unit.code, n + 1);
                let name = format!("Sở phụ trách {} {}", of(&SUBJECTS, n), unit.name);
                let english = format!("Department {} of {}", n + 1, unit.code);
                let search = searched(&code, [name.as_str(), &english]);
                rows.push(row![id, code, name, english, "DEPARTMENT", false, unit.id, 1, search]);
                made.push(Agency { id, area: unit.id });
            }
        }
        let columns = "id, code, name_vi, name_en, kind, generic, area_id, version, search";
        self.sink.write("agency", columns, &mut rows.into_iter())?;
        Ok(made)
    }

    /// Plans: some provinces have four times as many as others; those from before 2025-07-01 are of the units of that time.
    pub fn plans(&mut self, agencies: &[Agency], indicators: &[i64]) -> Result<()> {
        let first = self.sink.last_id("plan")? + 1;
        let source = self.sink.last_id("source")? + 1;
        let provinces: Vec<Unit> = present(&self.units).cloned().collect();
        let (mut plans, mut targets, mut sources) = (vec![], vec![], vec![]);
        let mut target = self.sink.last_id("plan_target")? + 1;
        let mut issued = vec![0_u64; provinces.len()];
        for n in 0..self.sizes.plans {
            // Ten plans for each province first, then the busy ones get more.
            let busy = (provinces.len() as f64 * self.random.f64().powi(2)) as usize;
            let at = if n < provinces.len() * 10 { n % provinces.len() } else { busy };
            let province = &provinces[at];
            issued[at] += 1;
            let on = day(super::LAST_DAY) - Days::new(issued[at] * 11);
            let area = self.holder(province, on).id;
            let (id, cited) = (first + n as i64, source + n as i64);
            let (kind, sign, does) = of(&PLANS, n);
            let (code, number) =
                (format!("kh-{}-{n}", province.code), format!("{}/{sign}", 1 + self.random.u32(..600)));
            let title =
                format!("{does} {} tỉnh, thành phố {} đến năm {}", of(&SUBJECTS, n / 3), province.name, 2027 + n % 9);
            let issuer = agencies.iter().filter(|agency| agency.area == province.id).nth(n % 10).map(|a| a.id);
            let status = of(&["IN_FORCE", "ISSUED", "IN_FORCE", "PERIOD_PAST", "UNDER_REVISION"], n);
            let (sorted, search) = (sort_key(&title), searched(&code, [number.as_str(), &title]));
            sources.push(row![cited, title.clone(), province.name.clone()]);
            plans.push(row![
                id,
                code,
                number,
                title,
                kind,
                status,
                issuer,
                area,
                on.to_string(),
                2026,
                2027 + (n % 9) as i64,
                cited,
                1,
                sorted,
                search
            ]);
            for k in 0..10 {
                let indicator = indicators[(n * 7 + k * 13) % indicators.len()];
                let value = f64::from(self.random.u32(1..1000)) / 10.0;
                let due = format!("{}", 2027 + n % 4);
                let text = format!("Đến năm {due}: tối thiểu {value} % {}", of(&SUBJECTS, n + k));
                targets.push(row![target, id, indicator, area, value, "AT_LEAST", text, due, cited, 1]);
                target += 1;
            }
        }
        self.sink.write("source", "id, title, publisher", &mut sources.into_iter())?;
        let columns = "id, code, number, title, kind, status, issuer_id, area_id, issued_on, period_start, period_end, \
             source_id, version, title_sort, search";
        self.sink.write("plan", columns, &mut plans.into_iter())?;
        let columns = "id, plan_id, indicator_id, area_id, value, qualifier, text, due_on, source_id, version";
        self.sink.write("plan_target", columns, &mut targets.into_iter() as &mut dyn Iterator<Item = Vec<Cell>>)
    }

    /// The unit that was in being on a day where a province is now.
    fn holder<'u>(&'u self, province: &'u Unit, on: NaiveDate) -> &'u Unit {
        let then = |unit: &&Unit| {
            unit.now == province.id && unit.from.is_none_or(|from| from <= on) && unit.to.is_none_or(|to| on <= to)
        };
        self.units.iter().find(then).unwrap_or(province)
    }
}
