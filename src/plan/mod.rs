//! Plans (kế hoạch, đề án, chương trình, dự án, quy hoạch, nghị quyết) with their bases, targets and tasks.
//!
//! A plan's key is its code. Its number is as printed and not unique: many provinces issue the same one. A plan that is
//! being drafted has none. Targets and tasks that a source states without naming a plan belong to a record of kind
//! DIRECTION. The status is that of the document, not the progress of its targets. All plans are public.

pub mod attainment;
pub mod basis;
pub mod graphql;
pub mod progress;
mod record;
pub mod rules;
pub mod store;
pub mod target;
pub mod task;

use chrono::{Datelike, NaiveDate};
use entity::{
    ids::{AgencyId, PlanId, UnitId},
    kinds::{PlanKind, PlanStatus},
    plan::Model,
    time::PartialDate,
};
use serde::Deserialize;

use crate::{
    agency,
    citation::{self, NewSource, rules::check_source},
    kernel::{
        check::{Faults, taken},
        error::{FieldFault, Refusal, Result},
        locale::Message,
        op::Op,
        patch::Patch,
        policy::Action,
        text::clean,
        tx::{Change, Outcome, Tx},
    },
    territory,
};

use basis::NewPlanBasis;
use rules::Years;

/// A plan to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPlan {
    /// Unique key.
    pub code: String,
    /// Number as printed.
    pub number: Option<String>,
    /// Title.
    pub title: String,
    /// Kind of document.
    pub kind: PlanKind,
    /// Status of the document.
    pub status: PlanStatus,
    /// Code of the area.
    pub area: String,
    /// The day on which the area's code is resolved; by default the day of issue, else the start of the period, else
    /// today.
    pub on: Option<NaiveDate>,
    /// Code of the issuing agency.
    pub issuer: Option<String>,
    /// Day of issue, as precise as the document.
    pub issued_on: Option<PartialDate>,
    /// First year of the period.
    pub period_start: Option<i32>,
    /// Last year of the period.
    pub period_end: Option<i32>,
    /// Year of the vision or orientation, which is not the end of the period.
    pub vision_year: Option<i32>,
    /// The source that it is recorded from.
    pub source: NewSource,
}

impl NewPlan {
    /// The years of the plan.
    fn years(&self) -> Years {
        Years { start: self.period_start, end: self.period_end, vision: self.vision_year }
    }
}

/// The years of a stored plan.
fn years(plan: &Model) -> Years {
    Years { start: plan.period_start, end: plan.period_end, vision: plan.vision_year }
}

/// The plan of a target or task.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "String")]
pub enum OfPlan {
    /// By code.
    Code(String),
    /// By id.
    Id(PlanId),
}

impl From<String> for OfPlan {
    fn from(code: String) -> Self {
        OfPlan::Code(code)
    }
}

impl OfPlan {
    async fn row(&self, tx: &Tx) -> Result<Model> {
        match self {
            OfPlan::Code(code) => resolve(tx, "plan", code).await,
            OfPlan::Id(id) => Ok(store::row(tx, *id).await?.ok_or_else(Refusal::no_such_record)?),
        }
    }
}

/// Records a plan; an existing one with the same code is left unchanged.
///
/// # Errors
/// BAD_USER_INPUT for an unknown area or issuer, or years out of order.
pub async fn record(op: &Op, order: NewPlan) -> Result<PlanId> {
    let permit = op.permit(Action::RecordPlan)?;
    op.write(permit, async |tx, permit| {
        if let Some(known) = store::known(tx, &order.code).await? {
            return Ok(Outcome::unchanged(known.id));
        }
        let mut faults = Faults::default();
        rules::check_years(&mut faults, order.years());
        let place = look_up(op, tx, &mut faults, &order).await?;
        let place = faults.settle(place)?;
        let (id, change) = insert(tx, &order, place).await?;
        Ok(Outcome::changed(permit.at(Some(place.area))?, id, vec![change]))
    })
    .await
}

/// The resolved area and issuer of a plan.
#[derive(Clone, Copy)]
struct Place {
    area: UnitId,
    /// The day on which the area's code was resolved.
    on: Option<NaiveDate>,
    issuer: Option<AgencyId>,
}

/// Resolves the area and issuer of a plan; records faults for unknown codes.
async fn look_up(op: &Op, tx: &Tx, faults: &mut Faults, order: &NewPlan) -> Result<Option<Place>> {
    let on = order.on.or_else(|| rules::area_day(order.issued_on.as_ref(), order.period_start));
    let area = territory::resolve(tx, "area", &order.area, on.unwrap_or_else(|| op.today())).await;
    let area = faults.gather(area)?;
    let issuer = faults.gather(agency::resolve_maybe(tx, "issuer", order.issuer.as_deref()).await)?;
    Ok(area.zip(issuer).map(|(area, issuer)| Place { area, on, issuer }))
}

/// Inserts a plan.
async fn insert(tx: &Tx, order: &NewPlan, place: Place) -> Result<(PlanId, Change)> {
    let row = Model {
        id: PlanId(0),
        code: clean(&order.code),
        number: order.number.as_deref().map(clean),
        title: clean(&order.title),
        kind: order.kind,
        status: order.status,
        issuer_id: place.issuer,
        area_id: place.area,
        area_on: place.on,
        issued_on: order.issued_on.clone(),
        period_start: order.period_start,
        period_end: order.period_end,
        vision_year: order.vision_year,
        source_id: citation::cite(tx, order.source.clone()).await?,
        version: 1,
        title_sort: String::new(),
        search: String::new(),
    };
    let (row, change) = tx.create(row, |row| row.code.clone()).await?;
    Ok((row.id, change))
}

/// Creates a plan with its bases, and sets the status of plans that it replaces or inherits.
///
/// # Errors
/// BAD_USER_INPUT for a code or number that exists, an unknown code, an inherited plan of a unit that is no
/// predecessor, and each invalid field; FORBIDDEN outside the caller's area.
pub async fn create(op: &Op, order: NewPlan, based_on: Vec<NewPlanBasis>) -> Result<PlanId> {
    let permit = op.permit(Action::RecordPlan)?;
    op.write(permit, async |tx, permit| {
        let mut faults = Faults::default();
        rules::check_new(&mut faults, &order);
        if store::known(tx, &order.code).await?.is_some() {
            faults.extend(taken("code", &order.code).fields);
        }
        let place = look_up(op, tx, &mut faults, &order).await?;
        let grounds = basis::look_up(tx, &mut faults, &order.code, &based_on).await?;
        if let Some(place) = &place {
            faults.extend(basis::check_taking(tx, (None, place.area), &grounds).await?);
            let number = order.number.as_deref().map(clean);
            faults.extend(check_number(tx, None, number.as_deref(), place.issuer, order.issued_on.as_ref()).await?);
        }
        let place = faults.settle(place)?;
        let placed = permit.at_all([Some(place.area)].into_iter().chain(basis::areas_taken(&grounds)))?;
        let (id, mut change) = insert(tx, &order, place).await?;
        basis::set(tx, id, &[], &grounds).await?;
        let rests_on: Vec<_> = grounds.iter().map(|(_, ground)| ground.key()).collect();
        change.fields.extend(basis::changed(tx, &[], &rests_on).await?);
        let mut changes = vec![change];
        changes.extend(basis::mark(tx, &grounds).await?);
        Ok(Outcome::changed(placed, id, changes))
    })
    .await
}

/// Checks that an agency issues each number only once a year.
async fn check_number(
    tx: &Tx,
    of: Option<PlanId>,
    number: Option<&str>,
    issuer: Option<AgencyId>,
    issued_on: Option<&PartialDate>,
) -> Result<Option<FieldFault>> {
    let year = issued_on.and_then(PartialDate::span).map(|span| span.start.year());
    let (Some(number), Some(issuer), Some(year)) = (number, issuer, year) else { return Ok(None) };
    if !store::number_taken(tx, of, number, issuer, year).await? {
        return Ok(None);
    }
    let message = Message::new(
        format!("Cơ quan này đã ban hành số \"{number}\" trong năm {year}."),
        format!("This body has issued the number \"{number}\" in {year} already."),
    );
    Ok(Some(FieldFault { path: "number".to_owned(), code: "TAKEN", message }))
}

/// Changes of a plan; `Keep` leaves a field unchanged.
#[derive(Clone, Debug, Default)]
pub struct PlanPatch {
    /// Number as printed.
    pub number: Patch<String>,
    /// Title.
    pub title: Patch<String>,
    /// Status of the document.
    pub status: Patch<PlanStatus>,
    /// Day of issue, as precise as the document.
    pub issued_on: Patch<PartialDate>,
    /// First year of the period.
    pub period_start: Patch<i32>,
    /// Last year of the period.
    pub period_end: Patch<i32>,
    /// Year of the vision or orientation, which is not the end of the period.
    pub vision_year: Patch<i32>,
    /// Kind of document.
    pub kind: Patch<PlanKind>,
    /// Code of the area.
    pub area: Patch<String>,
    /// Code of the issuing agency.
    pub issuer: Patch<String>,
    /// All bases; they replace the present ones.
    pub based_on: Patch<Vec<NewPlanBasis>>,
    /// Code of the plan that replaces this one.
    pub superseded_by: Patch<String>,
    /// The source that it is recorded from.
    pub source: Patch<NewSource>,
}

impl PlanPatch {
    /// Validates the changes on their own, without the stored plan.
    fn check(&self, faults: &mut Faults) {
        faults.lasting("title", &self.title);
        faults.lasting("status", &self.status);
        faults.lasting("kind", &self.kind);
        faults.lasting("area", &self.area);
        faults.lasting("supersededBy", &self.superseded_by);
        faults.lasting("source", &self.source);
        let [number, title] = [&self.number, &self.title].map(|text| text.set().map(String::as_str));
        rules::check_number_and_title(faults, number, title);
        if let Some(source) = self.source.set() {
            check_source(faults, "source", source);
        }
        let replaced = self.superseded_by.set().is_some();
        if replaced && self.status.set().is_some_and(|status| *status != PlanStatus::Superseded) {
            let wrong = Message::new(
                "Kế hoạch đã được thay thế thì tình trạng là SUPERSEDED.",
                "A plan whose place another took is SUPERSEDED.",
            );
            faults.add("status", "CONTRADICTION", wrong);
        }
    }
    /// The plan after the changes, except for its bases and its source.
    fn apply(self, before: &Model) -> Model {
        let mut after = before.clone();
        after.number = self.number.map(|number| clean(&number)).apply(after.number);
        after.title = self.title.map(|title| clean(&title)).or(after.title);
        after.status = match self.superseded_by.set() {
            Some(_) => PlanStatus::Superseded,
            None => self.status.or(after.status),
        };
        after.kind = self.kind.or(after.kind);
        after.issued_on = self.issued_on.apply(after.issued_on);
        after.period_start = self.period_start.apply(after.period_start);
        after.period_end = self.period_end.apply(after.period_end);
        after.vision_year = self.vision_year.apply(after.vision_year);
        // The area is shown as of the day that follows from the document, so it moves with the document's dates, unless
        // another day was given when the plan was recorded.
        let day = |plan: &Model| rules::area_day(plan.issued_on.as_ref(), plan.period_start);
        if before.area_on == day(before) {
            after.area_on = day(&after);
        }
        after
    }
}

/// Changes a plan at its expected version. Relates it to a plan that replaces it, and sets the status of plans that it
/// newly replaces or inherits.
///
/// # Errors
/// NOT_FOUND; FORBIDDEN outside the caller's area; PRECONDITION_FAILED for another version; BAD_USER_INPUT for an
/// unknown code, a number that exists, a target that would be due after the plan's years, and each invalid field.
pub async fn update(op: &Op, id: PlanId, version: i32, patch: PlanPatch) -> Result<()> {
    let permit = op.permit(Action::RecordPlan)?;
    op.write(permit, async |tx, permit| {
        let before = store::row(tx, id).await?.ok_or_else(Refusal::no_such_record)?;
        let _ = permit.at(Some(before.area_id))?;
        Refusal::unless_current(before.version, version)?;
        let mut faults = Faults::default();
        patch.check(&mut faults);
        let was = store::bases(tx, id).await?;
        let based_on = match &patch.based_on {
            Patch::Keep => None,
            Patch::Clear => Some(vec![]),
            Patch::Set(orders) => Some(basis::look_up(tx, &mut faults, &before.code, orders).await?),
        };
        let added = basis::added(&was, based_on.as_deref());
        let rests_on: Vec<_> = match &based_on {
            Some(grounds) => grounds.iter().map(|(_, ground)| ground.key()).collect(),
            None => was.iter().map(basis::key).collect(),
        };
        let successor = match patch.superseded_by.set() {
            Some(code) => basis::successor(tx, &mut faults, &before, code, &rests_on).await?,
            None => None,
        };
        let source = patch.source.set().cloned();
        let (area, issuer) = (patch.area.set().cloned(), patch.issuer.clone());
        let mut after = patch.apply(&before);
        if let Some(code) = area {
            after.area_on = rules::area_day(after.issued_on.as_ref(), after.period_start);
            let on = after.area_on.unwrap_or_else(|| op.today());
            after.area_id = faults.gather(territory::resolve(tx, "area", &code, on).await)?.unwrap_or(before.area_id);
        }
        let issuer = agency::resolve_patch(tx, "issuer", before.issuer_id, &issuer).await;
        after.issuer_id = faults.gather(issuer)?.flatten();
        faults.extend(basis::check_taking(tx, (Some(id), after.area_id), &added).await?);
        if after.area_id != before.area_id {
            faults.extend(basis::check_move(tx, after.area_id, &rests_on).await?);
        }
        rules::check_years(&mut faults, years(&after));
        if years(&after).last() != years(&before).last() {
            let due = store::due_days(tx, id).await?;
            faults.extend(due.iter().find_map(|due| rules::check_end(due, years(&after))));
        }
        if (&after.number, &after.issued_on, after.issuer_id) != (&before.number, &before.issued_on, before.issuer_id) {
            let number = after.number.as_deref();
            faults.extend(check_number(tx, Some(id), number, after.issuer_id, after.issued_on.as_ref()).await?);
        }
        faults.refuse()?;
        let others = basis::areas_taken(&added).chain(successor.iter().map(|plan| Some(plan.area_id)));
        let placed = permit.at_all([Some(before.area_id), Some(after.area_id)].into_iter().chain(others))?;
        if let Some(source) = source {
            after.source_id = citation::cite_again(tx, before.source_id, source).await?;
        }
        let rested_on: Vec<_> = was.iter().map(basis::key).collect();
        let rests_on = basis::changed(tx, &rested_on, &rests_on).await?;
        let change = tx.change(&before.code, &before, after, [rests_on]).await?;
        if let Some(grounds) = &based_on {
            basis::set(tx, id, &was, grounds).await?;
        }
        let mut changes: Vec<Change> = change.into_iter().collect();
        changes.extend(basis::mark(tx, &added).await?);
        if let Some(successor) = successor {
            changes.extend(basis::take_place(tx, &successor, id).await?);
        }
        Ok(match changes.is_empty() {
            true => Outcome::unchanged(()),
            false => Outcome::changed(placed, (), changes),
        })
    })
    .await
}

/// The key of a target or task in the audit log and the change feed; they have no code.
fn part_key(plan: &Model, id: impl Into<i64>) -> String {
    format!("{}/{}", plan.code, id.into())
}

/// Returns the plan with this code.
///
/// # Errors
/// BAD_USER_INPUT for `field` if there is no such plan.
async fn resolve(tx: &Tx, field: &str, code: &str) -> Result<Model> {
    let unknown = || {
        Refusal::field(
            field,
            "UNKNOWN_PLAN",
            Message::new(
                format!("Không có kế hoạch mã \"{code}\"."),
                format!("There is no plan with the code \"{code}\"."),
            ),
        )
    };
    Ok(store::known(tx, code).await?.ok_or_else(unknown)?)
}
