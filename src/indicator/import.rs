//! Many observations at once (nhập nhiều số liệu): every bad row is reported, and all rows are written, or the good ones, or none for
//! a trial.
//!
//! Rows are checked and compared before the write lock is taken. Under the lock only what others changed meanwhile is checked again,
//! then the rows are written in bulk: an import keeps other writers waiting as briefly as it can, and a trial does not at all.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use entity::{
    ids::{ChangeId, IndicatorId, UnitId},
    kinds::ChangeType,
    observation,
    time::Period,
};

use super::{
    NewObservation,
    findings::{Finding, is_telling},
    recording::{self, AT_ONCE, Checked, Entry, Verdict},
    store::figures::{self, Figure},
};
use crate::kernel::{
    error::{Broken, Code, FieldFault, Refusal, Result},
    locale::Message,
    op::Op,
    policy::{Action, Permit, Placed},
    reader::Reader,
    tx::{Change, Outcome, Tx},
};

/// The most rows of one import.
pub const MOST_ROWS: usize = 10_000;

/// A row to be imported.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which, as people count: the line of a file, or from 1.
    pub number: usize,
    /// What it says, or what of it could not be read.
    pub order: std::result::Result<NewObservation, Vec<FieldFault>>,
}

/// How rows are imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Import {
    /// Only tell what would become of them.
    pub dry_run: bool,
    /// All of them or none.
    pub atomic: bool,
}

/// Something wrong in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFault {
    /// Which row, as people count.
    pub row: usize,
    /// The field, where one is to blame.
    pub field: Option<String>,
    /// What, as a stable code.
    pub code: String,
    /// What, in words.
    pub message: Message,
}

/// What an import came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// How many rows were taken, or would be.
    pub accepted: usize,
    /// How many were not because of what they say.
    pub rejected: usize,
    /// Whether it was a trial.
    pub dry_run: bool,
    /// Everything wrong in the rows, in their order.
    pub errors: Vec<RowFault>,
}

/// How often rows are checked anew before the lock is taken, where others changed meanwhile what they rest on. After that they are
/// checked under the lock.
const TRIES: usize = 3;

/// So many changes that others made meanwhile are looked at one by one.
const MOST_CHANGES: u64 = 1_000;

/// Imports rows as drafts. `progress` is told how many rows have been gone through.
///
/// # Errors
/// BAD_USER_INPUT for more than [`MOST_ROWS`]; what is wrong in a row is told in the answer.
pub async fn import(op: &Op, rows: Vec<Row>, how: Import, mut progress: impl FnMut(usize)) -> Result<Imported> {
    let mut permit = op.permit(Action::RecordObservation)?;
    if rows.len() > MOST_ROWS {
        return Err(too_many(rows.len()).into());
    }
    let (mut orders, mut unread) = (vec![], Unread::default());
    for Row { number, order } in rows {
        let order = order.map_err(|faults| unread.add(number, faults)).ok();
        orders.push((number, order.map(Arc::new)));
    }
    for tried in 1.. {
        let mut plan = Plan::new(op, op, &permit, &orders, how, &mut progress).await?;
        let imported = plan.imported(&unread, how);
        if how.dry_run || imported.accepted == 0 {
            return Ok(imported);
        }
        plan.compare(op, op).await?;
        if let Some(imported) = plan.write_ahead(op, &permit, &imported, &mut progress).await? {
            return Ok(imported);
        }
        let written = op.write(permit, async |tx, permit| {
            if !plan.still_holds(op, tx, permit).await? {
                if tried < TRIES {
                    return Ok(Outcome::unchanged(None));
                }
                plan = Plan::new(op, tx, permit, &orders, how, &mut progress).await?;
                plan.compare(op, tx).await?;
            }
            let imported = plan.imported(&unread, how);
            if imported.accepted == 0 {
                return Ok(Outcome::unchanged(Some(imported)));
            }
            let changes = plan.write(op, tx, &mut progress).await?;
            Ok(Outcome::changed(plan.placed(permit)?, Some(imported), changes))
        });
        if let Some(imported) = written.await? {
            return Ok(imported);
        }
        permit = op.permit(Action::RecordObservation)?;
    }
    Err(Broken::new("an import was tried without end").into())
}

/// Rows that could not be read.
#[derive(Default)]
struct Unread {
    rows: usize,
    faults: Vec<RowFault>,
}

impl Unread {
    fn add(&mut self, row: usize, faults: Vec<FieldFault>) {
        self.rows += 1;
        self.faults.extend(faults.into_iter().map(|fault| RowFault::of(row, fault)));
    }
}

/// What is to be written of some rows, as of a change: what is committed later may make it wrong.
struct Plan {
    since: Option<ChangeId>,
    rows: Vec<Planned>,
}

struct Planned {
    number: usize,
    order: Arc<NewObservation>,
    verdict: Verdict,
    findings: Vec<Finding>,
}

impl Plan {
    async fn new(
        op: &Op,
        reader: &impl Reader,
        permit: &Permit,
        orders: &[(usize, Option<Arc<NewObservation>>)],
        how: Import,
        progress: &mut impl FnMut(usize),
    ) -> Result<Self> {
        let since = figures::newest_change(reader).await?;
        let mut rows: Vec<Planned> = vec![];
        let mut gone = 0;
        for part in orders.chunks(AT_ONCE) {
            let read = || part.iter().filter_map(|(number, order)| Some((*number, order.clone()?)));
            let checked: Vec<_> = read().map(|(_, order)| order).collect();
            let verdicts = recording::check(op, reader, permit, &checked, Entry::Draft).await?;
            let planned = |((number, order), verdict)| Planned { number, order, verdict, findings: vec![] };
            rows.extend(read().zip(verdicts).map(planned));
            gone += part.len();
            if how.dry_run {
                progress(gone);
            }
        }
        let mut first: HashMap<Figure, usize> = HashMap::new();
        for row in &mut rows {
            let Some(figure) = row.verdict.figure.as_ref().filter(|_| row.verdict.checked.is_ok()) else { continue };
            match first.get(figure) {
                Some(first) => row.verdict.checked = Err(twice(*first)),
                None => {
                    first.insert(figure.clone(), row.number);
                }
            }
        }
        Ok(Plan { since, rows })
    }
    fn checked(&self) -> Vec<&Checked> {
        self.rows.iter().filter_map(|row| row.verdict.checked.as_ref().ok()).collect()
    }
    /// What is written, and what was found in it.
    fn good(&self) -> Vec<(&Checked, &Vec<Finding>)> {
        self.rows.iter().filter_map(|row| Some((row.verdict.checked.as_ref().ok()?, &row.findings))).collect()
    }
    /// Looks at what is odd in the good rows.
    async fn compare(&mut self, op: &Op, reader: &impl Reader) -> Result<()> {
        let all = self.checked();
        let found = recording::compare(op, reader, &all, &all, Entry::Draft).await?;
        let good = self.rows.iter_mut().filter(|row| row.verdict.checked.is_ok());
        good.zip(found).for_each(|(row, findings)| row.findings = findings);
        Ok(())
    }
    fn placed(&self, permit: &Permit) -> Result<Placed> {
        Ok(permit.at_all(self.checked().iter().map(|checked| Some(checked.area)))?)
    }
    /// Writes the good rows.
    async fn write(&self, op: &Op, tx: &Tx, progress: &mut impl FnMut(usize)) -> Result<Vec<Change>> {
        let mut changes = vec![];
        for part in self.good().chunks(AT_ONCE) {
            changes.extend(recording::write(op, tx, part.iter().copied(), Entry::Draft).await?);
            progress(changes.len());
        }
        Ok(changes)
    }
    /// Writes many good rows before the lock is taken, where that is possible and nobody changes what they rest on.
    async fn write_ahead(
        &self,
        op: &Op,
        permit: &Permit,
        imported: &Imported,
        progress: &mut impl FnMut(usize),
    ) -> Result<Option<Imported>> {
        if imported.accepted < AT_ONCE {
            return Ok(None);
        }
        let ahead = async |tx: &Tx| self.write(op, tx, progress).await;
        let work = async |tx: &Tx, changes: Vec<Change>| {
            if self.touched(op, tx).await?.is_none_or(|touched| !touched.is_empty()) {
                return Ok(None);
            }
            Ok(Some(Outcome::changed(self.placed(permit)?, imported.clone(), changes)))
        };
        op.write_ahead(permit, ahead, work).await
    }
    /// The rows that rest on what others changed since; none where that cannot be told.
    async fn touched(&self, op: &Op, tx: &Tx) -> Result<Option<HashSet<usize>>> {
        let Some((kinds, changed)) = figures::changed_since(op, tx, self.since, MOST_CHANGES).await? else {
            return Ok(None);
        };
        let checked_by =
            [ChangeType::Indicator, ChangeType::AdministrativeUnit, ChangeType::AccessGrant, ChangeType::Agreement];
        if checked_by.iter().any(|kind| kinds.contains(kind)) {
            return Ok(None);
        }
        let changed = Changed::of(&changed);
        let touched = self.rows.iter().filter(|row| changed.touches(row)).map(|row| row.number);
        Ok(Some(touched.collect()))
    }
    /// Checks again, under the lock, what others changed since; whether it holds, or is to be made anew.
    async fn still_holds(&mut self, op: &Op, tx: &Tx, permit: &Permit) -> Result<bool> {
        let again = match self.touched(op, tx).await? {
            Some(touched) if touched.is_empty() => return Ok(true),
            Some(touched) if touched.len() <= AT_ONCE => touched,
            _ => return Ok(false),
        };
        let mut touched: Vec<&mut Planned> = self.rows.iter_mut().filter(|row| again.contains(&row.number)).collect();
        let orders: Vec<_> = touched.iter().map(|row| row.order.clone()).collect();
        let verdicts = recording::check(op, tx, permit, &orders, Entry::Draft).await?;
        for (row, verdict) in touched.iter_mut().zip(verdicts) {
            if verdict.checked.is_ok() != row.verdict.checked.is_ok() {
                return Ok(false);
            }
            row.verdict = verdict;
        }
        let of_again = |row: &&Planned| again.contains(&row.number);
        let figures: Vec<_> =
            self.rows.iter().filter(of_again).filter_map(|row| row.verdict.checked.as_ref().ok()).collect();
        let found = recording::compare(op, tx, &figures, &self.checked(), Entry::Draft).await?;
        let good = self.rows.iter_mut().filter(|row| again.contains(&row.number) && row.verdict.checked.is_ok());
        good.zip(found).for_each(|(row, findings)| row.findings = findings);
        Ok(true)
    }
    /// What the import comes to.
    fn imported(&self, unread: &Unread, how: Import) -> Imported {
        let mut errors = unread.faults.clone();
        let (mut good, mut rejected) = (0, unread.rows);
        for row in &self.rows {
            match &row.verdict.checked {
                Ok(_) => good += 1,
                Err(refusal) => {
                    rejected += 1;
                    errors.extend(refused(row.number, refusal.clone()));
                }
            }
        }
        errors.sort_by_key(|fault| fault.row);
        let accepted = if how.atomic && rejected > 0 { 0 } else { good };
        Imported { accepted, rejected, dry_run: how.dry_run, errors }
    }
}

/// Observations that were changed, by what others are checked and compared by.
struct Changed {
    series: HashSet<(IndicatorId, UnitId, String)>,
    periods: HashSet<(IndicatorId, UnitId, Period)>,
    totals: HashSet<(UnitId, Period, String)>,
}

impl Changed {
    fn of(rows: &[observation::Model]) -> Self {
        let total = |row: &observation::Model| Some((row.area_id, row.period.clone(), row.scope_key.clone()?));
        Changed {
            series: rows.iter().map(|row| (row.indicator_id, row.area_id, row.dimension.clone())).collect(),
            periods: rows.iter().map(|row| (row.indicator_id, row.area_id, row.period.clone())).collect(),
            totals: rows.iter().filter_map(total).collect(),
        }
    }
    /// Whether one of them is the observation of a row, or is compared with it.
    fn touches(&self, row: &Planned) -> bool {
        let Some(Figure(indicator, area, period, dimension)) = &row.verdict.figure else { return false };
        if self.series.contains(&(*indicator, *area, dimension.clone())) {
            return true;
        }
        let (order, key) = (&row.order, row.verdict.checked.as_ref().ok().and_then(Checked::scope_key));
        let telling = is_telling(order.value, order.denominator);
        telling && self.periods.contains(&(*indicator, *area, period.clone()))
            || order.denominator.is_some() && key.is_some_and(|key| self.totals.contains(&(*area, period.clone(), key)))
    }
}

fn twice(first: usize) -> Refusal {
    Refusal::field(
        "indicator",
        "DUPLICATE_ROW",
        Message::new(
            format!("Trùng với dòng {first}: cùng chỉ tiêu, địa bàn, kỳ và phân tổ."),
            format!("The same as row {first}: indicator, area, period and dimension."),
        ),
    )
}

fn too_many(rows: usize) -> Refusal {
    Refusal::field(
        "rows",
        "TOO_MANY_ROWS",
        Message::new(
            format!("Có {rows} dòng; mỗi lần nhập nhiều nhất {MOST_ROWS} dòng."),
            format!("There are {rows} rows; at most {MOST_ROWS} are imported at once."),
        ),
    )
}

impl RowFault {
    /// What is wrong with a field of a row.
    pub fn of(row: usize, fault: FieldFault) -> Self {
        RowFault { row, field: Some(fault.path), code: fault.code.to_owned(), message: fault.message }
    }
}

fn refused(row: usize, refusal: Refusal) -> Vec<RowFault> {
    if refusal.fields.is_empty() {
        let code = refusal.code.as_str().to_owned();
        // The only thing that a row may be forbidden for is where it would be written.
        let field = (refusal.code == Code::Forbidden).then(|| "area".to_owned());
        return vec![RowFault { row, field, code, message: refusal.message }];
    }
    refusal.fields.into_iter().map(|fault| RowFault::of(row, fault)).collect()
}
