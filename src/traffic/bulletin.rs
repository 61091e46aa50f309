//! The quarterly data-sharing bulletin (công bố tình hình kết nối, chia sẻ dữ liệu; Decree 278/2025, Article 13):
//! connected systems, and the calls over their links. It is public, and computed from the records at each request, so
//! that each number can be traced to them.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::{
    data_link,
    ids::{DataLinkId, UnitId, UnitVersionId},
    kinds::{Bucket, LinkStatus, SystemKind},
    link_transition,
    time::{Period, Span},
};
use sea_orm::Iterable;

use super::{operating::standing_at, rules, store::bulletin as store};
use crate::{
    health,
    kernel::{
        error::{Broken, Result},
        op::Op,
    },
    territory,
};

/// The number of links with a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The status.
    pub status: LinkStatus,
    /// The number of links.
    pub count: i32,
}

/// The bulletin of a quarter.
#[derive(Clone, Debug, PartialEq)]
pub struct Bulletin {
    /// The quarter.
    pub quarter: Period,
    /// The area; none for the whole country.
    pub area: Option<UnitVersionId>,
    /// When links and systems are counted: the quarter's end, or now if that is earlier.
    pub as_of: DateTime<Utc>,
    /// The number of agencies that own a connected system.
    pub bodies: i32,
    /// The number of connected systems: those at an end of an operating link.
    pub systems: i32,
    /// The number of connected systems that are databases.
    pub databases: i32,
    /// The number of links per status.
    pub links: Vec<Arc<Standing>>,
    /// The numbers of calls that succeeded, failed and were denied.
    pub calls: [f64; 3],
    /// The share of checked time in the quarter for which the links responded; none if no uptime is recorded for it.
    pub uptime: Option<f64>,
}

/// Computes the bulletin of a quarter for an area or the country.
///
/// # Errors
/// BAD_USER_INPUT for a code that no unit held on the quarter's last day.
pub async fn make(op: &Op, quarter: &Period, days: Span, area: Option<&str>) -> Result<Bulletin> {
    let (version, units) = match area {
        Some(code) => place(op, code, days.end).await?,
        None => (None, None),
    };
    let hours = rules::hour_of_day(days.start)..rules::hour_of_day(days.end + Days::new(1));
    let end = rules::start_of_hour(hours.end);
    let parts = rules::parts(hours, Bucket::Month);
    let as_of = end.min(op.now());
    let links = store::links(op, units.as_deref()).await?;
    let steps = store::steps(op, links.iter().map(|link| link.id)).await?;
    let standing = standing(links, &steps, as_of);
    let ends: BTreeSet<_> = standing
        .iter()
        .filter(|(_, status)| operates(*status))
        .flat_map(|(link, _)| [link.source_system_id, link.target_system_id])
        .collect();
    let mut systems = store::systems(op, ends.into_iter()).await?;
    systems.retain(|system| {
        let inside = |units: &Vec<UnitId>| system.area_id.is_some_and(|area| units.contains(&area));
        !system.generic && units.as_ref().is_none_or(inside)
    });
    let bodies: BTreeSet<_> = systems.iter().filter_map(|system| system.owner_id).collect();
    let number = |status: LinkStatus| {
        Arc::new(Standing { status, count: count(standing.iter().filter(|(_, of)| *of == status).count()) })
    };
    Ok(Bulletin {
        quarter: quarter.clone(),
        area: version,
        as_of,
        bodies: count(bodies.len()),
        systems: count(systems.len()),
        databases: count(systems.iter().filter(|system| system.kind == SystemKind::Database).count()),
        links: LinkStatus::iter().map(number).collect(),
        calls: store::calls(op, standing.iter().map(|(link, _)| link.id), &parts).await?,
        uptime: uptime(op, standing.iter().map(|(link, _)| link.id), days).await?,
    })
}

/// The share of checked time for which the links responded, all links together.
async fn uptime(op: &Op, links: impl Iterator<Item = DataLinkId>, days: Span) -> Result<Option<f64>> {
    let links: Vec<i64> = links.map(i64::from).collect();
    let times = health::store::uptime_of(op, &links, [days.start, days.end]).await?;
    let sum = |(answered, failed): (i64, i64), (more, less): &(i64, i64)| (answered + more, failed + less);
    let (answered, failed) = times.values().fold((0, 0), sum);
    Ok(health::rules::uptime(answered, failed))
}

/// The version of a unit on a day, and the unit with all units that it was formed from.
async fn place(op: &Op, code: &str, on: NaiveDate) -> Result<(Option<UnitVersionId>, Option<Vec<UnitId>>)> {
    let units = store::units(op, code).await?;
    let unit = territory::holder("area", code, &units, on)?.id;
    let version = store::version(op, unit, on).await?.map(|version| version.id);
    let (_, units) =
        territory::store::area(op, unit).await?.ok_or_else(|| Broken::new("a unit that is not its own ancestor"))?;
    Ok((version, Some(units)))
}

/// The links that existed at an instant, each with its status then.
fn standing(
    links: Vec<data_link::Model>,
    steps: &[link_transition::Model],
    at: DateTime<Utc>,
) -> Vec<(data_link::Model, LinkStatus)> {
    let mut of: HashMap<DataLinkId, Vec<&link_transition::Model>> = HashMap::new();
    for step in steps {
        of.entry(step.link_id).or_default().push(step);
    }
    let status =
        |link: &data_link::Model| standing_at(link, of.get(&link.id).map(Vec::as_slice).unwrap_or_default(), at);
    links.into_iter().filter_map(|link| status(&link).map(|status| (link, status))).collect()
}

/// Whether data flow over a link with this status; they still do during a migration.
fn operates(status: LinkStatus) -> bool {
    matches!(status, LinkStatus::Active | LinkStatus::Migrating)
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
