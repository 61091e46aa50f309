//! The rows of the made-up world: everything follows from the numbers, so that a test can tell what must come out.

use chrono::{Days, NaiveDate, TimeDelta};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, IntoActiveModel, Schema};

use super::{gauge, goal, project, project_gauge, report, sector, town, town_name};
use crate::harness::{Fixture, MIGRATED, noon, open};

/// 97 towns; 5 projects for each but the last; 3 goals and 3 gauges for each project; 12 gauges in 3 sectors; two names for each
/// town; and none to three reports for each. Beside them, the tables of the service.
pub static WORLD: Fixture = Fixture {
    name: "world",
    fill: |url| {
        Box::pin(async move {
            (MIGRATED.fill)(url.clone()).await;
            let db = open(&url).await;
            tables(&db).await;
            insert(&db, (1..=97).map(a_town)).await;
            insert(&db, (1..=480).map(a_project)).await;
            insert(&db, (1..=1440).map(a_goal)).await;
            insert(&db, ["edu", "health", "transport"].map(a_sector)).await;
            insert(&db, (1..=12).map(a_gauge)).await;
            insert(&db, (1..=480).flat_map(measures)).await;
            insert(&db, (1..=194).map(a_name)).await;
            let whose = (1..=97).flat_map(|town| (0..town % 4).map(move |_| town));
            insert(&db, (1..).zip(whose).map(|(id, town)| a_report(id, town))).await;
            if db.get_database_backend() == DbBackend::Postgres {
                let next = "SELECT setval(pg_get_serial_sequence('projects', 'id'), 480)";
                db.execute_unprepared(next).await.expect("the next project is number 481");
            }
            db.close().await.expect("the connection closes");
        })
    },
};

async fn tables(db: &DatabaseConnection) {
    let schema = Schema::new(db.get_database_backend());
    for table in [
        schema.create_table_from_entity(town::Entity),
        schema.create_table_from_entity(project::Entity),
        schema.create_table_from_entity(goal::Entity),
        schema.create_table_from_entity(sector::Entity),
        schema.create_table_from_entity(gauge::Entity),
        schema.create_table_from_entity(project_gauge::Entity),
        schema.create_table_from_entity(town_name::Entity),
        schema.create_table_from_entity(report::Entity),
    ] {
        db.execute(&table).await.expect("a table can be created");
    }
}

/// Inserts rows with the keys that they have.
pub async fn insert<A, M>(db: &DatabaseConnection, rows: impl IntoIterator<Item = M>)
where
    A: ActiveModelTrait + Send,
    A::Entity: EntityTrait<Model = M>,
    M: IntoActiveModel<A>,
{
    let rows: Vec<A> = rows.into_iter().map(|row| row.into_active_model().reset_all()).collect();
    for some in rows.chunks(100) {
        A::Entity::insert_many(some.to_vec()).exec_without_returning(db).await.expect("rows can be inserted");
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    Some(text.parse().expect("a day"))
}

fn a_town(id: i64) -> town::Model {
    town::Model {
        id,
        code: format!("T{id:03}"),
        name: format!("Thị trấn {id}"),
        name_en: format!("Town {id}"),
        population: id as i32 * 1000,
        successor_id: (id <= 10).then_some(id + 2),
    }
}

fn a_project(id: i64) -> project::Model {
    let of_town = (id - 1) % 5;
    project::Model {
        id,
        town_id: (id - 1) / 5 + 1,
        number: format!("{id}/DA"),
        title: format!("Dự án {id}"),
        status: if of_town % 2 == 0 { "active" } else { "draft" }.to_owned(),
        adopted: [day("2019-01-01"), day("2020-06-01"), day("2022-01-01"), day("2024-05-05"), None][of_town as usize],
    }
}

fn a_goal(id: i64) -> goal::Model {
    let (project_id, of_project) = ((id - 1) / 3 + 1, (id - 1) % 3 + 1);
    goal::Model {
        id,
        project_id,
        gauge_id: (project_id + of_project) % 12 + 1,
        value: project_id as f64 + of_project as f64 * 0.25,
    }
}

fn a_sector(code: &str) -> sector::Model {
    sector::Model { code: code.to_owned(), name: format!("Ngành {code}") }
}

fn a_gauge(id: i64) -> gauge::Model {
    let sector = [None, Some("edu"), Some("health"), Some("transport")][id as usize % 4];
    gauge::Model { id, code: format!("G{id:02}"), sector_code: sector.map(str::to_owned) }
}

fn measures(project_id: i64) -> [project_gauge::Model; 3] {
    [0, 3, 7].map(|n| project_gauge::Model { project_id, gauge_id: (project_id + n) % 12 + 1 })
}

fn a_name(id: i64) -> town_name::Model {
    let town_id = (id + 1) / 2;
    let (name, since) = match (id % 2, town_id) {
        (1, 1) => ("Cũ", day("2019-06-01")),
        (1, _) => ("Cũ", None),
        _ => ("Mới", day("2020-06-01")),
    };
    town_name::Model { id, town_id, name: format!("{name} {town_id}"), since }
}

fn a_report(id: i64, town_id: i64) -> report::Model {
    let unless = |divisor: i64| id % divisor != 0;
    report::Model {
        id,
        town_id,
        score: unless(4).then_some((id % 3) as i32),
        weight: unless(5).then_some((id % 7) as f64 / 4.0),
        title: unless(3).then(|| ["ă", "a", "Z", "b"][id as usize % 4].to_owned()),
        day: unless(6).then(|| day("2024-01-01").and_then(|d| d.checked_add_days(Days::new(id as u64 % 5)))).flatten(),
        at: unless(7).then(|| noon("2024-01-01") + TimeDelta::microseconds(id % 4 * 250_001)),
        issued: [Some("2022"), Some("2022-10"), Some("2022-10-08"), None][id as usize % 4]
            .map(|text| text.parse().expect("a day")),
        period: ["2022-Q4", "2022-S1", "2022-10", "2022"][id as usize % 4].parse().expect("a period"),
        secret: id % 5 == 2,
    }
}
