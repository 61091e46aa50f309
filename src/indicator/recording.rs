//! How observations are recorded: one, or thousands at once. All of them are checked first, against what stands, and compared with
//! what stands near them; then they are written. An observation is revised, never overwritten.
//!
//! Checking only reads, and is done before the write lock is taken where there is much of it ([`super::import`]).

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use entity::{
    ids::{ObservationId, SourceId, UnitId},
    indicator,
    kinds::{ChangeAction, ChangeType, ReviewState},
    observation,
    time::{Period, Span},
    unit,
};

use super::{
    NewObservation,
    findings::{self, Around, Finding, Peer, Together},
    rules,
    store::{self, figures::Figure},
    unknown,
};
use crate::{
    citation,
    kernel::{
        check::Faults,
        error::{Broken, Code, Error, Refusal, Result},
        locale::Message,
        op::Op,
        policy::{Action, Permit},
        reader::Reader,
        text::{clean, fold},
        tx::{Change, FieldChange, Outcome, Revisions, Tx},
    },
    territory,
};

/// How many observations are looked up and written by one statement.
pub const AT_ONCE: usize = 500;

/// How many observations are compared at once with what stands near them, which may be some hundred others for each.
const COMPARED_AT_ONCE: usize = 250;

/// An observation that may be written.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What it says.
    pub order: Arc<NewObservation>,
    /// What it measures.
    pub indicator: Arc<indicator::Model>,
    /// Whose it is.
    pub area: UnitId,
    /// The code of that area.
    pub area_code: String,
    /// The days that its period covers.
    pub span: Span,
    /// The newest revision so far.
    pub revises: Option<Arc<observation::Model>>,
}

/// Whether an observation may be written.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Which it is, where that can be told.
    pub figure: Option<Figure>,
    /// What is written, or why nothing is.
    pub checked: std::result::Result<Checked, Refusal>,
}

/// What stands of an observation.
struct Standing {
    newest: Arc<observation::Model>,
    /// Whether the caller sees all of it.
    seen: bool,
}

impl Checked {
    fn figure(&self) -> Figure {
        Figure(self.indicator.id, self.area, self.order.period.clone(), clean(&self.order.dimension))
    }
    /// The row that is to be written; its id and its source are not known yet.
    fn row(&self, op: &Op, entry: Entry) -> observation::Model {
        let order = &self.order;
        let text = |text: &Option<String>| text.as_deref().map(clean);
        let state = entry.state();
        observation::Model {
            id: ObservationId(0),
            indicator_id: self.indicator.id,
            area_id: self.area,
            period: order.period.clone(),
            period_start: self.span.start,
            period_end: self.span.end,
            period_inferred: order.period_inferred,
            as_of_text: text(&order.as_of_text),
            value: order.value,
            qualifier: order.qualifier,
            numerator: order.numerator,
            denominator: order.denominator,
            rank_of: order.rank_of,
            text: text(&order.text),
            dimension: clean(&order.dimension),
            scope_key: self.scope_key(),
            scope_text: text(&order.scope_text),
            methodology_version: self.indicator.methodology_version,
            status: order.status,
            state,
            sharing: order.sharing,
            source_id: SourceId(0),
            revision: self.revises.as_ref().map_or(1, |before| before.revision + 1),
            recorded_at: op.now(),
            published_at: (state == ReviewState::Published).then(|| op.now()),
            superseded_at: None,
            revision_reason: text(&order.revision_reason),
            version: 1,
            recorded_by: op.caller().name(),
            submitted_by: None,
            withdrawn_at: None,
            withdrawal_reason: None,
        }
    }
    /// Its scope, as totals are looked up by.
    pub fn scope_key(&self) -> Option<String> {
        self.order.scope_text.as_deref().map(clean).as_deref().map(fold)
    }
    /// The draft that it takes the place of at once, for it was never public.
    fn replaces(&self) -> Option<ObservationId> {
        self.revises.as_ref().filter(|before| before.published_at.is_none()).map(|before| before.id)
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
    let verdicts = check(op, tx, permit, &[Arc::new(order)], entry).await?;
    let checked = verdicts.into_iter().map(|verdict| verdict.checked);
    let checked = checked.collect::<std::result::Result<Vec<_>, _>>()?;
    if let (Entry::Published, Some(known)) = (entry, checked.iter().find_map(|figure| figure.revises.as_ref())) {
        return Ok(Outcome::unchanged(known.id));
    }
    let placed = permit.at_all(checked.iter().map(|figure| Some(figure.area)))?;
    let all: Vec<&Checked> = checked.iter().collect();
    let findings = compare(op, tx, &all, &all, entry).await?;
    let changes = write(op, tx, checked.iter().zip(&findings), entry).await?;
    let id = changes.first().map(|change| ObservationId(change.id)).ok_or_else(not_written)?;
    Ok(Outcome::changed(placed, id, changes))
}

/// Checks observations, at most [`AT_ONCE`], against what stands: each may be written, or why not.
///
/// # Errors
/// The database's.
pub async fn check(
    op: &Op,
    reader: &impl Reader,
    permit: &Permit,
    orders: &[Arc<NewObservation>],
    entry: Entry,
) -> Result<Vec<Verdict>> {
    let codes = |of: fn(&NewObservation) -> &String| -> Vec<String> {
        orders.iter().map(|order| clean(of(order))).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let measures = store::figures::coded(op, reader, &codes(|order| &order.indicator)).await?;
    let measures: HashMap<String, Arc<indicator::Model>> =
        measures.into_iter().map(|row| (row.code.clone(), Arc::new(row))).collect();
    let mut units: HashMap<String, Vec<unit::Model>> = HashMap::new();
    for unit in territory::store::with_codes(op, reader, &codes(|order| &order.area)).await? {
        units.entry(unit.code.clone()).or_default().push(unit);
    }
    let mut found = vec![];
    for order in orders {
        let units = units.get(&clean(&order.area)).map(Vec::as_slice).unwrap_or_default();
        let checked = place(op, permit, order, entry, &measures, units)?;
        found.push(Verdict { figure: checked.as_ref().ok().map(Checked::figure), checked });
    }
    let of: Vec<&Figure> = found.iter().filter_map(|verdict| verdict.figure.as_ref()).collect();
    let rows = store::figures::standing(op, reader, &of).await?;
    // Of these rows, not of what stands by then: outside of a transaction others may have written between the two statements.
    let seen = store::figures::seen_among(op, reader, rows.iter().map(|row| row.id)).await?;
    let mut standing: HashMap<Figure, Standing> = HashMap::new();
    for row in rows {
        let visible = seen.contains(&row.id);
        let (figure, row) = (Figure::of(&row), Arc::new(row));
        let known = standing.entry(figure).or_insert_with(|| Standing { newest: row.clone(), seen: true });
        known.seen &= visible;
        if known.newest.revision < row.revision {
            known.newest = row;
        }
    }
    let revised = |Verdict { figure, checked }| {
        let known = figure.as_ref().and_then(|figure| standing.get(figure));
        Verdict { checked: checked.and_then(|checked| revise(checked, known, entry)), figure }
    };
    Ok(found.into_iter().map(revised).collect())
}

/// What an order says, if it can be, and if the caller may say it there.
fn place(
    op: &Op,
    permit: &Permit,
    order: &Arc<NewObservation>,
    entry: Entry,
    measures: &HashMap<String, Arc<indicator::Model>>,
    units: &[unit::Model],
) -> Result<std::result::Result<Checked, Refusal>> {
    let mut faults = Faults::default();
    if entry == Entry::Draft {
        rules::check_texts(&mut faults, order);
    }
    let code = clean(&order.indicator);
    let known = measures.get(&code).cloned();
    let indicator = faults.gather(known.ok_or_else(|| unknown("indicator", &code).into()))?;
    let span = faults.gather(rules::span(&order.period).map_err(Error::from))?;
    let day = order.on.or(span.map(|span| span.end)).unwrap_or_else(|| op.today());
    let unit = faults.gather(territory::holder("area", &order.area, units, day).map_err(Error::from))?;
    if let (Some(indicator), Some(unit), Some(span)) = (&indicator, unit, span) {
        faults.extend(rules::check_observation(order, indicator, unit, span));
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
    let order = order.clone();
    Ok(Ok(Checked { order, indicator, area, area_code, span, revises: None }))
}

/// A figure beside what stands: a draft and what was published are revised with a reason, what is being reviewed is left alone.
fn revise(mut figure: Checked, known: Option<&Standing>, entry: Entry) -> std::result::Result<Checked, Refusal> {
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

/// What is odd in checked observations, in their order: beside what stands near them and the caller sees, or only beside what of it
/// is published; and beside those that are recorded `together` with them.
///
/// # Errors
/// The database's.
pub async fn compare(
    op: &Op,
    reader: &impl Reader,
    figures: &[&Checked],
    together: &[&Checked],
    entry: Entry,
) -> Result<Vec<Vec<Finding>>> {
    let mut found = vec![];
    if figures.is_empty() {
        return Ok(found);
    }
    let published = entry == Entry::Published;
    let rows: Vec<observation::Model> = together.iter().map(|figure| figure.row(op, entry)).collect();
    let peers: Vec<Peer> = rows.iter().map(Peer::of).collect();
    let together_with = Together::new(rows.iter().zip(&peers), published);
    let replaced: HashSet<ObservationId> = together.iter().filter_map(|figure| figure.replaces()).collect();
    for part in figures.chunks(2 * COMPARED_AT_ONCE) {
        let rows: Vec<observation::Model> = part.iter().map(|figure| figure.row(op, entry)).collect();
        let refs: Vec<&observation::Model> = rows.iter().collect();
        let (first, second) = refs.split_at(refs.len().min(COMPARED_AT_ONCE));
        let near = |rows| store::near::near_to(op, reader, rows, published);
        // Two at a time: a statement uses one core.
        let (first, second) = tokio::try_join!(near(first), near(second))?;
        for ((figure, row), near) in part.iter().zip(&rows).zip(first.into_iter().chain(second)) {
            let near = near.without(&replaced);
            let around = Around::of(row, &near, &together_with);
            found.push(findings::of(row, &figure.indicator, figure.revises.as_deref(), &around));
        }
    }
    Ok(found)
}

/// Writes checked observations, no two of the same, with what was found in them; answers with what changed, in their order.
///
/// # Errors
/// The database's.
pub async fn write<'a>(
    op: &Op,
    tx: &Tx,
    figures: impl IntoIterator<Item = (&'a Checked, &'a Vec<Finding>)>,
    entry: Entry,
) -> Result<Vec<Change>> {
    let by = op.caller().name();
    let figures: Vec<(&Checked, &Vec<Finding>)> = figures.into_iter().collect();
    let sources = citation::cite_all(tx, figures.iter().map(|(figure, _)| &figure.order.source)).await?;
    // A draft that is revised was never public: the next one takes its place at once.
    store::figures::supersede(op, tx, figures.iter().filter_map(|(figure, _)| figure.replaces())).await?;
    let mut rows = vec![];
    for (figure, _) in &figures {
        let source = citation::rules::clean_source(figure.order.source.clone());
        let source_id = *sources.get(&source).ok_or_else(|| Broken::new("a source was not written"))?;
        rows.push(observation::Model { source_id, ..figure.row(op, entry) });
    }
    let ids = store::figures::insert(tx, &rows).await?;
    let (mut changes, mut found) = (vec![], vec![]);
    for ((figure, findings), row) in figures.iter().zip(&mut rows) {
        row.id = *ids.get(&figure.figure()).ok_or_else(not_written)?;
        changes.push(told(figure, row));
        found.extend(findings.iter().map(|finding| (row.id, finding.clone())));
    }
    let steps = rows.iter().map(|row| (None, row.id, row.state));
    store::figures::insert_transitions(tx, steps, &by, None).await?;
    store::figures::insert_findings(tx, found).await?;
    Ok(changes)
}

/// Records what is odd in observations that are published, beside what of others is published.
///
/// # Errors
/// The database's.
pub async fn look(op: &Op, tx: &Tx, figures: &[(&observation::Model, &indicator::Model)]) -> Result<()> {
    let alone = Together::default();
    for part in figures.chunks(COMPARED_AT_ONCE) {
        let rows: Vec<&observation::Model> = part.iter().map(|(row, _)| *row).collect();
        let mut found = vec![];
        for ((row, indicator), near) in part.iter().zip(store::near::near_to(op, tx, &rows, true).await?) {
            let around = Around::of(row, &near, &alone);
            found.extend(findings::of(row, indicator, None, &around).into_iter().map(|finding| (row.id, finding)));
        }
        store::figures::insert_findings(tx, found).await?;
    }
    Ok(())
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
