//! How figures come in: one, or thousands at once. All of them are checked first, against what stands; then they are written, and
//! looked at for what is odd. A figure is revised, never overwritten.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use entity::{
    ids::{IndicatorId, ObservationId, SourceId, UnitId},
    indicator,
    kinds::{ChangeAction, ChangeType, ReviewState},
    observation,
    time::{Period, Span},
    unit,
};

use super::{NewObservation, findings, rules, store, unknown};
use crate::{
    citation::{self, NewSource},
    kernel::{
        check::Faults,
        error::{Broken, Code, Error, Refusal, Result},
        locale::Message,
        op::Op,
        policy::{Action, Permit},
        text::clean,
        tx::{Change, FieldChange, Outcome, Revisions, Tx},
    },
    territory,
};

/// How many figures are looked up and written by one statement.
pub const AT_ONCE: usize = 500;

/// Names one figure through all its revisions.
type FigureKey = (IndicatorId, UnitId, Period, String);

fn key_of(row: &observation::Model) -> FigureKey {
    (row.indicator_id, row.area_id, row.period.clone(), row.dimension.clone())
}

/// A figure that may be written.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What it says.
    pub order: NewObservation,
    /// What it measures.
    pub indicator: Arc<indicator::Model>,
    /// Whose it is.
    pub area: UnitId,
    /// The code of that area.
    pub area_code: String,
    /// The days that its period covers.
    pub span: Span,
    /// The newest revision so far.
    pub revises: Option<observation::Model>,
}

/// What stands of a figure.
struct Standing {
    newest: observation::Model,
    /// Whether the caller sees all of it.
    seen: bool,
}

impl Checked {
    fn key(&self) -> FigureKey {
        (self.indicator.id, self.area, self.order.period.clone(), clean(&self.order.dimension))
    }
}

/// What names a figure to people, and in the audit chain.
pub fn name(indicator: &str, area: &str, period: &Period, dimension: &str) -> String {
    match dimension {
        "" => format!("{indicator}/{area}/{period}"),
        _ => format!("{indicator}/{area}/{period}/{dimension}"),
    }
}

/// How figures come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// To be reviewed; what stands is revised, with a reason.
    Draft,
    /// As it is public already; what is known stays as it is.
    Published,
}

impl Entry {
    fn state(self) -> ReviewState {
        match self {
            Entry::Draft => ReviewState::Draft,
            Entry::Published => ReviewState::Published,
        }
    }
}

/// Records a figure to be reviewed: a draft, or the next revision of what stands.
///
/// # Errors
/// BAD_USER_INPUT, every bad field at once: an unknown code, a period outside the unit's life, a value out of its bounds or with
/// more than 15 significant digits, a rank above its base, a revision without a reason. FORBIDDEN outside the caller's area.
/// CONFLICT while the figure is being reviewed.
pub async fn record(op: &Op, order: NewObservation) -> Result<ObservationId> {
    let permit = op.permit(Action::RecordObservation)?;
    op.write(permit, async |tx, permit| one(op, tx, permit, order, Entry::Draft).await).await
}

/// Records a figure that is public already, as published from the start; one that is known (by indicator, area, period and
/// dimension) stays as it is.
///
/// # Errors
/// BAD_USER_INPUT, as [`record`] has it.
pub async fn record_published(op: &Op, order: NewObservation) -> Result<ObservationId> {
    let permit = op.permit(Action::RecordPublishedObservation)?;
    op.write(permit, async |tx, permit| one(op, tx, permit, order, Entry::Published).await).await
}

async fn one(op: &Op, tx: &Tx, permit: &Permit, order: NewObservation, entry: Entry) -> Result<Outcome<ObservationId>> {
    let checked =
        check(op, tx, permit, vec![order], entry).await?.into_iter().collect::<std::result::Result<Vec<_>, _>>()?;
    if let (Entry::Published, Some(known)) = (entry, checked.iter().find_map(|figure| figure.revises.as_ref())) {
        return Ok(Outcome::unchanged(known.id));
    }
    let placed = permit.at_all(checked.iter().map(|figure| Some(figure.area)))?;
    let changes = write(op, tx, &checked, entry).await?;
    let id = changes.first().map(|change| ObservationId(change.id)).ok_or_else(not_written)?;
    Ok(Outcome::changed(placed, id, changes))
}

/// Checks figures, at most [`AT_ONCE`], against what stands: each may be written, or why not.
///
/// # Errors
/// The database's.
pub async fn check(
    op: &Op,
    tx: &Tx,
    permit: &Permit,
    orders: Vec<NewObservation>,
    entry: Entry,
) -> Result<Vec<std::result::Result<Checked, Refusal>>> {
    let codes = |of: fn(&NewObservation) -> &String| -> Vec<String> {
        orders.iter().map(|order| clean(of(order))).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let measures = store::figures::coded(op, tx, &codes(|order| &order.indicator)).await?;
    let measures: HashMap<String, Arc<indicator::Model>> =
        measures.into_iter().map(|row| (row.code.clone(), Arc::new(row))).collect();
    let units = territory::store::with_codes(op, tx, &codes(|order| &order.area)).await?;
    let mut found = vec![];
    for order in orders {
        found.push(place(op, permit, order, entry, &measures, &units)?);
    }
    let good = || found.iter().filter_map(|found| found.as_ref().ok());
    let (of, at) = (good().map(|figure| figure.indicator.id), good().map(|figure| figure.area));
    let (of, at) = (of.collect::<BTreeSet<_>>(), at.collect::<BTreeSet<_>>());
    let seen = store::figures::seen_standing(op, tx, of.clone(), at.clone()).await?;
    let seen: HashSet<ObservationId> = seen.into_iter().map(|row| row.id).collect();
    let mut standing: HashMap<FigureKey, Standing> = HashMap::new();
    for row in store::figures::standing(op, tx, of, at).await? {
        let visible = seen.contains(&row.id);
        let known = standing.entry(key_of(&row)).or_insert_with(|| Standing { newest: row.clone(), seen: true });
        known.seen &= visible;
        if known.newest.revision < row.revision {
            known.newest = row;
        }
    }
    Ok(found.into_iter().map(|found| found.and_then(|figure| revise(figure, &standing, entry))).collect())
}

/// What an order says, if it can be, and if the caller may say it there.
fn place(
    op: &Op,
    permit: &Permit,
    order: NewObservation,
    entry: Entry,
    measures: &HashMap<String, Arc<indicator::Model>>,
    units: &[unit::Model],
) -> Result<std::result::Result<Checked, Refusal>> {
    let mut faults = Faults::default();
    if entry == Entry::Draft {
        rules::check_texts(&mut faults, &order);
    }
    let code = clean(&order.indicator);
    let known = measures.get(&code).cloned();
    let indicator = faults.gather(known.ok_or_else(|| unknown("indicator", &code).into()))?;
    let span = faults.gather(rules::span(&order.period).map_err(Error::from))?;
    let day = order.on.or(span.map(|span| span.end)).unwrap_or_else(|| op.today());
    let unit = faults.gather(territory::holder("area", &order.area, units, day).map_err(Error::from))?;
    if let (Some(indicator), Some(unit), Some(span)) = (&indicator, unit, span) {
        faults.extend(rules::check_observation(&order, indicator, unit, span));
    }
    if let Some(refusal) = faults.refusal() {
        return Ok(Err(refusal));
    }
    let (Some(indicator), Some(unit), Some(span)) = (indicator, unit, span) else {
        return Err(Broken::new("a figure without a fault lacks a part").into());
    };
    if let Err(refusal) = permit.at(Some(unit.id)) {
        return Ok(Err(refusal));
    }
    let (area, area_code) = (unit.id, unit.code.clone());
    Ok(Ok(Checked { order, indicator, area, area_code, span, revises: None }))
}

/// A figure beside what stands: a draft and what was published are revised with a reason, what is being reviewed is left alone.
fn revise(
    mut figure: Checked,
    standing: &HashMap<FigureKey, Standing>,
    entry: Entry,
) -> std::result::Result<Checked, Refusal> {
    let known = standing.get(&figure.key());
    figure.revises = known.map(|known| known.newest.clone());
    let draft = entry == Entry::Draft;
    if draft && known.is_some_and(|known| !known.seen) {
        return Err(Refusal::new(
            Code::Forbidden,
            Message::new(
                "Số liệu này đã có, và bạn không được xem: bạn không thể sửa đổi nó.",
                "This figure stands already, and is not for you to see: you cannot revise it.",
            ),
        ));
    }
    let now = figure.revises.as_ref().map_or(0, |before| before.revision);
    if figure.order.revises.is_some_and(|seen| draft && seen != now) {
        return Err(Refusal { version: Some(now), ..Refusal::new(Code::PreconditionFailed, other_revision(now)) });
    }
    let Some(before) = figure.revises.as_ref().filter(|_| draft) else { return Ok(figure) };
    if before.state == ReviewState::Submitted {
        return Err(Refusal::new(
            Code::Conflict,
            Message::new(
                format!(
                    "Số liệu này (lần sửa đổi {}) đang chờ duyệt: chỉ sửa được sau khi được công bố hoặc trả lại.",
                    before.revision
                ),
                format!(
                    "Revision {} of this figure is being reviewed: it can be revised once it is published or returned.",
                    before.revision
                ),
            ),
        ));
    }
    if figure.order.revision_reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Refusal::field(
            "revisionReason",
            "REQUIRED",
            Message::new(
                format!("Số liệu này đã có (lần sửa đổi {}): sửa đổi phải nêu lý do.", before.revision),
                format!("This figure stands already, in its revision {}: to revise it, say why.", before.revision),
            ),
        ));
    }
    Ok(figure)
}

fn other_revision(now: i32) -> Message {
    match now {
        0 => Message::new("Số liệu này chưa có lần sửa đổi nào.", "There is no revision of this figure yet."),
        now => Message::new(
            format!("Số liệu đã có lần sửa đổi {now} từ khi bạn xem."),
            format!("The figure has come to its revision {now} since you saw it."),
        ),
    }
}

/// Writes checked figures, at most [`AT_ONCE`], no two of the same; tells what changed, in their order.
///
/// # Errors
/// The database's.
pub async fn write(op: &Op, tx: &Tx, figures: &[Checked], entry: Entry) -> Result<Vec<Change>> {
    let by = op.caller().name();
    let mut sources: HashMap<&NewSource, SourceId> = HashMap::new();
    let mut sourced = vec![];
    for figure in figures {
        let source = &figure.order.source;
        let id = match sources.get(source) {
            Some(id) => *id,
            None => citation::cite(tx, source.clone()).await?,
        };
        sources.insert(source, id);
        sourced.push((figure, id));
    }
    // A draft that is revised was never public: the next one takes its place at once.
    let drafts = figures.iter().filter_map(|figure| figure.revises.as_ref());
    let drafts = drafts.filter(|before| before.published_at.is_none()).map(|before| before.id);
    store::figures::supersede(op, tx, drafts.collect::<Vec<_>>()).await?;
    let rows = store::figures::insert(tx, &sourced, entry.state(), &by).await?;
    let rows: HashMap<FigureKey, observation::Model> = rows.into_iter().map(|row| (key_of(&row), row)).collect();
    let steps = rows.values().map(|row| (None, row.id, row.state));
    store::figures::insert_transitions(tx, steps.collect::<Vec<_>>(), &by, None).await?;
    let mut changes = vec![];
    let mut written = vec![];
    for figure in figures {
        let row = rows.get(&figure.key()).ok_or_else(not_written)?;
        changes.push(told(figure, row));
        written.push((row, figure.indicator.as_ref(), figure.revises.as_ref()));
    }
    look(op, tx, &written, entry == Entry::Published).await?;
    Ok(changes)
}

/// Notes what is odd in figures that were written: beside everything that stands and that the caller sees, or only beside what of
/// it is published.
///
/// # Errors
/// The database's.
pub async fn look(
    op: &Op,
    tx: &Tx,
    figures: &[(&observation::Model, &indicator::Model, Option<&observation::Model>)],
    published: bool,
) -> Result<()> {
    let of: BTreeSet<IndicatorId> = figures.iter().map(|(row, ..)| row.indicator_id).collect();
    let at: BTreeSet<UnitId> = figures.iter().map(|(row, ..)| row.area_id).collect();
    let periods: BTreeSet<Period> = figures.iter().map(|(row, ..)| row.period.clone()).collect();
    let around = findings::Around::new(
        store::figures::seen_around(op, tx, of, at.clone()).await?,
        store::figures::seen_fractions(op, tx, at, periods).await?,
        published,
    );
    let found = figures.iter().flat_map(|(row, indicator, revised)| {
        findings::of(row, indicator, *revised, &around).into_iter().map(|finding| (row.id, finding))
    });
    store::figures::insert_findings(tx, found.collect()).await
}

fn not_written() -> Broken {
    Broken::new("a figure was not written")
}

fn told(figure: &Checked, row: &observation::Model) -> Change {
    let key = name(&figure.indicator.code, &figure.area_code, &row.period, &row.dimension);
    let Some(before) = &figure.revises else { return Change::created(ChangeType::Observation, key, row.id) };
    let of = Revisions { before: before.id, after: row.id };
    let revision = FieldChange::of("revision", Some(before.revision), Some(row.revision));
    let values = [
        FieldChange::of("value", before.value, row.value),
        FieldChange::of("numerator", before.numerator, row.numerator),
        FieldChange::of("denominator", before.denominator, row.denominator),
        FieldChange::of("rankOf", before.rank_of, row.rank_of),
        FieldChange::of("text", before.text.as_ref(), row.text.as_ref()),
        FieldChange::of("revisionReason", None, row.revision_reason.as_ref()),
    ];
    let values = values.into_iter().flatten().map(|field| field.committed(of));
    let fields = revision.into_iter().chain(values).collect();
    Change::of(ChangeType::Observation, ChangeAction::Updated, key, row.id).with(fields)
}
