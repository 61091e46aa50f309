//! Information systems, the data links between them, and the steps of their lives.

use chrono::{Days, NaiveTime};

use super::{
    Fill, day,
    names::{SUBJECTS, SYSTEMS, of},
    plans::Agency,
};
use crate::{
    failure::Result,
    kernel::text::{searched, sort_key},
    row,
};

/// A system that was made.
pub struct System {
    id: i64,
    code: String,
    area: i64,
}

/// A link that was made: its id, and whether it operates.
#[derive(Clone, Copy)]
pub struct Link {
    /// Its id.
    pub id: i64,
    /// Whether calls go over it.
    pub operates: bool,
}

impl Fill<'_> {
    /// Systems, each owned by a department.
    pub fn systems(&mut self, agencies: &[Agency]) -> Result<Vec<System>> {
        let first = self.sink.last_id("information_system")? + 1;
        let source = self.sink.last_id("source")? + 1;
        let cited = |n: usize| source + (n / 50) as i64;
        let sources =
            (0..=self.sizes.systems / 50).map(|n| row![source + n as i64, format!("Danh mục hệ thống, đợt {n}")]);
        self.sink.write("source", "id, title", &mut sources.collect::<Vec<_>>().into_iter())?;
        let (mut made, mut rows) = (vec![], vec![]);
        for n in 0..self.sizes.systems {
            let owner = agencies[(n * 7) % agencies.len()];
            let unit = self.units.iter().find(|unit| unit.id == owner.area);
            let (code, name) = unit.map_or(("vn", "Việt Nam"), |unit| (&unit.code, &unit.name));
            let (kind, vi, en) = of(&SYSTEMS, n);
            let subject = of(&SUBJECTS, n / 5);
            let code = format!("ht-{code}-{n}");
            let (vi, en) = (format!("{vi} {subject} {name} {n}"), format!("{en} subject {} {n}", n % SUBJECTS.len()));
            let acronym = (n % 4 == 0).then(|| format!("HT{n}"));
            let aliases = if n % 6 == 0 { vec![format!("phần mềm {subject}")] } else { vec![] };
            let listed = serde_json::to_string(&aliases)?;
            let texts =
                [vi.as_str(), &en].into_iter().chain(acronym.as_deref()).chain(aliases.iter().map(String::as_str));
            let (search, sorted) = (searched(&code, texts), sort_key(&vi));
            let status = of(&["OPERATING", "OPERATING", "OPERATING", "BUILDING", "PILOT", "UPGRADING", "RETIRED"], n);
            let id = first + n as i64;
            made.push(System { id, code: code.clone(), area: owner.area });
            rows.push(row![
                id,
                code,
                vi,
                en,
                acronym,
                listed,
                kind,
                status,
                "PROVINCE",
                false,
                owner.area,
                owner.id,
                owner.id,
                1 + (n % 4) as i64,
                n % 3 == 0,
                cited(n),
                1,
                sorted,
                search
            ]);
        }
        let columns = "id, code, name_vi, name_en, acronym, aliases, kind, status, scope, generic, area_id, owner_id, \
             operator_id, security_level, security_level_approved, source_id, version, name_sort, search";
        self.sink.write("information_system", columns, &mut rows.into_iter())?;
        Ok(made)
    }

    /// Links: most operate, most lead to few hubs.
    pub fn links(&mut self, systems: &[System]) -> Result<Vec<Link>> {
        let first = self.sink.last_id("data_link")? + 1;
        let mut step = self.sink.last_id("link_transition")? + 1;
        let (mut made, mut rows, mut steps) = (vec![], vec![], vec![]);
        for n in 0..self.sizes.links {
            let source = &systems[(n * 3) % systems.len()];
            let target = &systems[(systems.len() as f64 * self.random.f64().powi(4)) as usize];
            let id = first + n as i64;
            let code = format!("{}--{}-{n}", source.code, target.code);
            let status = match n % 20 {
                0 => "SUSPENDED",
                1 => of(&["REQUESTED", "UNDER_REVIEW", "APPROVED", "TESTING"], n / 20),
                2 => of(&["EXPIRED", "REVOKED", "RETIRED", "DRAFT"], n / 20),
                _ => "ACTIVE",
            };
            let carries = (n % 3 != 0).then(|| format!("dữ liệu {}", of(&SUBJECTS, n / 2)));
            let requested = day((2021, 1, 1)) + Days::new(self.random.u64(..1_500));
            let decided = requested + Days::new(self.random.u64(1..15));
            let expires = match status {
                "EXPIRED" => Some(day((2025, 1, 1)) + Days::new(self.random.u64(..300))),
                // So far ahead that none expires while a benchmark runs.
                _ => (n % 3 != 1).then(|| day((2029, 1, 1)) + Days::new(self.random.u64(..2_000))),
            };
            let endless = expires.is_none().then_some("Kết nối thường xuyên theo quy định.");
            let through = of(&["LGSP", "LGSP", "NDXP", "NDOP", "MINISTRY", "DIRECT"], n);
            let search = searched(&code, carries.as_deref());
            let operates = status == "ACTIVE";
            rows.push(row![
                id,
                code,
                source.id,
                target.id,
                through,
                of(&["QUERY", "SYNC_FULL", "SYNC_PARTIAL", "PACKAGE"], n),
                of(&["ONE_WAY", "ONE_WAY", "TWO_WAY"], n),
                "PRODUCTION",
                status,
                carries,
                source.area,
                target.area,
                "Phục vụ giải quyết thủ tục hành chính",
                requested,
                decided,
                operates.then(|| decided.to_string()),
                expires,
                endless,
                3,
                search
            ]);
            for (from, to, on) in [
                (None, "REQUESTED", requested),
                (Some("REQUESTED"), "APPROVED", decided),
                (Some("APPROVED"), status, decided + Days::new(30)),
            ] {
                let at = on.and_time(NaiveTime::MIN).and_utc();
                steps.push(row![step, id, from, to, at, "operator", through, expires, endless]);
                step += 1;
            }
            made.push(Link { id, operates });
        }
        let columns = "id, code, source_system_id, target_system_id, intermediary, method, direction, environment, status, \
             carries, source_area_id, target_area_id, purpose, requested_on, decided_on, active_from, expires_on, \
             no_expiry_reason, version, search";
        self.sink.write("data_link", columns, &mut rows.into_iter())?;
        let columns = "id, link_id, from_status, to_status, at, by, intermediary, expires_on, no_expiry_reason";
        self.sink.write("link_transition", columns, &mut steps.into_iter())?;
        Ok(made)
    }
}
