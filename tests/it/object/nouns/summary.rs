//! What is computed for towns: values with fields of their own, for all towns of a level at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::InputObject;
use lienthong::kernel::{
    error::Result,
    object::{Args, Key, NoArgs, Shape, Shaped, declare::Loading},
    op::Op,
    page::Listing,
};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder};

use super::{TOPIC, project, refer, report, town};

/// Which loader was called for which ids, by the request that called it.
static CALLS: Mutex<Vec<(String, &'static str, Vec<i64>)>> = Mutex::new(vec![]);

/// The calls of one request.
pub fn calls(request_id: &str) -> Vec<(&'static str, Vec<i64>)> {
    let calls = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
    calls.iter().filter(|c| c.0 == request_id).map(|c| (c.1, c.2.clone())).collect()
}

fn note(op: &Op, who: &'static str, ids: &[i64]) {
    CALLS.lock().unwrap_or_else(PoisonError::into_inner).push((op.request_id().to_owned(), who, ids.to_vec()));
}

async fn projects(op: &Op, who: &'static str, ids: &[i64]) -> Result<Vec<project::Model>> {
    note(op, who, ids);
    let theirs = op.among(project::Column::TownId, ids.iter().map(|id| Key::Int(*id)));
    op.find(project::Entity::find().filter(theirs).order_by_asc(project::Column::Id)).await
}

/// A town's projects in short.
pub struct Summary {
    town: i64,
    projects: Vec<i64>,
}

/// By how much.
#[derive(InputObject)]
pub struct Times {
    /// So often.
    #[graphql(default = 2)]
    times: i32,
}

impl Args for Times {}

impl Shape for Summary {
    const NAME: &'static str = "Summary";
    const DOC: &'static str = "A town's projects in short.";
    fn declare(o: Shaped<Self>) -> Shaped<Self> {
        o.value("projects", "How many.", |s| s.projects.len() as i32)
            .value("half", "Half of them, if they have one.", |s| {
                let count = s.projects.len() as i32;
                (count % 2 == 0).then_some(count / 2)
            })
            .value_by::<Times, i32>("many", "As many, several times.", |s, t| s.projects.len() as i32 * t.times)
            .one::<project::Entity>("first", "The first.", |s| s.projects.first().copied())
            .must::<town::Entity>("town", "Whose.", |s| Some(s.town))
            .must::<project::Entity>("third", "The third, which must be.", |s| s.projects.get(2).copied())
            .list::<project::Entity>("backwards", "The last first.", |s| s.projects.iter().rev().copied().collect())
            .shapes("parts", "A count for each project.", |s| {
                s.projects.iter().map(|id| Arc::new(Count(*id as i32))).collect()
            })
            .any("topic", "For odd towns the town, for even ones the report of the same number.", &TOPIC, |s| {
                Some(if s.town % 2 == 1 { refer::<town::Entity>(s.town) } else { refer::<report::Entity>(s.town) })
            })
    }
}

pub fn summaries<'a>(op: &'a Op, ids: Vec<i64>, _: &'a NoArgs) -> Loading<'a, HashMap<i64, Summary>> {
    Box::pin(async move {
        let mut all: HashMap<i64, Summary> =
            ids.iter().map(|id| (*id, Summary { town: *id, projects: vec![] })).collect();
        for project in projects(op, "summaries", &ids).await? {
            if let Some(summary) = all.get_mut(&project.town_id) {
                summary.projects.push(project.id);
            }
        }
        Ok(all)
    })
}

/// How many.
pub struct Count(i32);

impl Shape for Count {
    const NAME: &'static str = "Count";
    const DOC: &'static str = "How many.";
    fn declare(o: Shaped<Self>) -> Shaped<Self> {
        o.value("count", "So many.", |c| c.0)
    }
}

pub fn counts<'a>(op: &'a Op, ids: Vec<i64>, of: &'a project::Projects) -> Loading<'a, HashMap<i64, Count>> {
    Box::pin(async move {
        note(op, "counts", &ids);
        let theirs = op.among(project::Column::TownId, ids.iter().map(|id| Key::Int(*id)));
        let found = op.find(project::Entity::find().filter(theirs).filter(of.condition(op))).await?;
        let mut all = HashMap::new();
        for project in found {
            all.entry(project.town_id).or_insert(Count(0)).0 += 1;
        }
        Ok(all)
    })
}

/// A year with projects.
pub struct Year {
    year: Option<i32>,
    project: i64,
}

impl Shape for Year {
    const NAME: &'static str = "Year";
    const DOC: &'static str = "A project in its year.";
    fn declare(o: Shaped<Self>) -> Shaped<Self> {
        o.value("year", "The year, if it is known.", |y| y.year).must::<project::Entity>(
            "project",
            "The project.",
            |y| Some(y.project),
        )
    }
}

pub fn years<'a>(op: &'a Op, ids: Vec<i64>, _: &'a NoArgs) -> Loading<'a, HashMap<i64, Vec<Year>>> {
    use chrono::Datelike;
    Box::pin(async move {
        let mut all: HashMap<i64, Vec<Year>> = HashMap::new();
        for project in projects(op, "years", &ids).await? {
            let year = project.adopted.map(|day| day.year());
            all.entry(project.town_id).or_default().push(Year { year, project: project.id });
        }
        Ok(all)
    })
}

pub fn newest<'a>(op: &'a Op, ids: Vec<i64>, of: &'a project::Projects) -> Loading<'a, HashMap<i64, i64>> {
    Box::pin(async move {
        note(op, "newest", &ids);
        let theirs = op.among(project::Column::TownId, ids.iter().map(|id| Key::Int(*id)));
        let found = op.find(project::Entity::find().filter(theirs).filter(of.condition(op))).await?;
        let mut all = HashMap::new();
        for project in found {
            let last = all.entry(project.town_id).or_insert(project.id);
            *last = project.id.max(*last);
        }
        Ok(all)
    })
}

pub fn read<'a>(op: &'a Op, ids: Vec<i64>, _: &'a NoArgs) -> Loading<'a, HashMap<i64, Vec<i64>>> {
    note(op, "read", &ids);
    // Of a town that three divides, nothing is read.
    let of_each = ids.into_iter().filter(|id| id % 3 != 0).map(|id| (id, vec![2 * id, id, 12345]));
    Box::pin(std::future::ready(Ok(of_each.collect())))
}

/// What stands at the root and hangs on nothing.
pub struct Home;

impl Shape for Home {
    const NAME: &'static str = "Home";
    const DOC: &'static str = "Where everything begins.";
    fn declare(o: Shaped<Self>) -> Shaped<Self> {
        o.value("word", "A word.", |_| "xin chào".to_owned())
            .one::<town::Entity>("capital", "The first town.", |_| Some(1))
            .must::<town::Entity>("nowhere", "A town that does not exist.", |_| Some(9999))
    }
}
