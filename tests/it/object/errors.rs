//! What is refused: documents that are no question to this schema, and declarations that cannot be.

use lienthong::kernel::{
    object::{
        Declare, NoArgs, Noun, Roots,
        declare::{check, check_all},
        root::{RootType, Rooted},
    },
    op::Op,
};
use sea_orm::{EntityTrait, Select};

use super::{
    World,
    nouns::{gauge, goal, project_gauge, rows::WORLD, sector, town, town_name},
};
use crate::harness::{TestDb, on_both};

on_both! { WORLD =>
    a_field_that_does_not_exist,
    arguments_and_selections_that_do_not_fit,
    an_argument_that_does_not_exist,
    one_key_for_two_root_fields,
    one_key_for_two_fields,
    one_key_for_one_field_with_two_arguments,
    a_fragment_that_contains_itself,
    an_error_stands_in_the_response_with_its_place_and_its_path,
    a_request_without_an_operation_fails,
}

async fn a_field_that_does_not_exist(db: TestDb) {
    let world = World::new(&db).await;
    let said = r#"1:20 : Unknown field "nope" on type "Town"."#;
    world.fails(r#"{town(code:"T070"){nope}}"#, "null", &[said]).await;
}

async fn arguments_and_selections_that_do_not_fit(db: TestDb) {
    let world = World::new(&db).await;
    for (query, said) in [
        ("{town(code:1){code}}", r#"1:7 : Invalid value for argument "code", expected type "String""#),
        (
            r#"{town(code:"T070"){code{x}}}"#,
            r#"1:20 : Field "code" must not have a selection since type "String" has no subfields"#,
        ),
        ("{town{code}}", r#"1:2 : Field "town" argument "code" of type "Query" is required but not provided"#),
        (r#"{town(code:"T070")}"#, r#"1:2 : Field "town" of type "Town" must have a selection of subfields"#),
    ] {
        let response = world.execute(world.op(), query, serde_json::Value::Null).await;
        let all: Vec<_> = response.errors.iter().map(super::told).collect();
        assert!(all.iter().any(|told| told == said), "{query}: {all:?}");
        assert_eq!(response.data, async_graphql::Value::Null, "{query}");
    }
}

async fn an_argument_that_does_not_exist(db: TestDb) {
    let world = World::new(&db).await;
    world
        .fails(
            r#"{town(code:"T070"){projects(lasst:1){nodes{id}}}}"#,
            "null",
            &[r#"1:29 : Unknown argument "lasst" on field "projects" of type "Town". Did you mean "last"?"#],
        )
        .await;
}

async fn one_key_for_two_root_fields(db: TestDb) {
    let world = World::new(&db).await;
    let query = r#"{a:town(code:"T070"){code} a:town(code:"T071"){code}}"#;
    let response = world.ask(query).await;
    assert!(response.contains("differing arguments"), "{response}");
    assert!(response.ends_with(r#""data":null}"#), "{response}");
}

async fn one_key_for_two_fields(db: TestDb) {
    let world = World::new(&db).await;
    world
        .fails(
            r#"{town(code:"T070"){x:code} town(code:"T070"){x:name}}"#,
            r#"{"town":null}"#,
            &["1:20 town.x: `x` được hỏi theo hai cách khác nhau; hãy dùng một bí danh khác."],
        )
        .await;
}

async fn one_key_for_one_field_with_two_arguments(db: TestDb) {
    let world = World::new(&db).await;
    let response = world.ask(r#"{town(code:"T070"){name(locale:VI) name(locale:EN)}}"#).await;
    assert!(response.contains("differing arguments"), "{response}");
    world
        .fails(
            r#"{town(code:"T070"){...A} ...B} fragment A on Town{projects(first:1){nodes{id}}} fragment B on Query{town(code:"T070"){projects(first:2){nodes{id}}}}"#,
            r#"{"town":null}"#,
            &["1:51 town.projects: `projects` được hỏi theo hai cách khác nhau; hãy dùng một bí danh khác."],
        )
        .await;
}

async fn a_fragment_that_contains_itself(db: TestDb) {
    let world = World::new(&db).await;
    let response = world.ask(r#"{town(code:"T070"){...F}} fragment F on Town{...F}"#).await;
    assert!(response.contains("The recursion depth of the query"), "{response}");
}

async fn an_error_stands_in_the_response_with_its_place_and_its_path(db: TestDb) {
    let world = World::new(&db).await;
    world
        .says(
            r#"{town(code:"T001"){maybeBroken}}"#,
            r#"{"errors":[{"message":"lẻ","locations":[{"line":1,"column":20}],"path":["town","maybeBroken"]}],"data":{"town":{"maybeBroken":null}}}"#,
        )
        .await;
}

async fn a_request_without_an_operation_fails(db: TestDb) {
    let world = World::new(&db).await;
    let response = world.schema.execute(r#"{town(code:"T001"){code}}"#).await;
    let told: Vec<_> = response.errors.iter().map(super::told).collect();
    assert_eq!(told, ["1:2 town: Dịch vụ gặp lỗi khi trả lời; xin thử lại sau."]);
}

/// Declares a noun on an entity that has none yet. Such declarations are looked at as drafts: what is registered is there for
/// all tests of the process.
macro_rules! noun {
    ($entity:ident, $name:literal, |$declare:ident| $fields:expr) => {
        impl Noun for $entity::Entity {
            const NAME: &'static str = $name;
            const DOC: &'static str = "A declaration for one test.";
            fn visible(_: &Op) -> Select<Self> {
                $entity::Entity::find()
            }
            fn declare($declare: Declare<Self>) -> Declare<Self> {
                $fields
            }
        }
    };
}

mod faulty {
    //! Entities for declarations that cannot be.
    macro_rules! entity {
        ($($module:ident $table:literal $key:ty),+) => { $(
            pub mod $module {
                use sea_orm::entity::prelude::*;
                #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
                #[sea_orm(table_name = $table)]
                pub struct Model {
                    #[sea_orm(primary_key)]
                    pub id: $key,
                    pub bytes: Vec<u8>,
                }
                #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
                pub enum Relation {}
                impl ActiveModelBehavior for ActiveModel {}
            }
        )+ };
    }
    entity! { unjoined "unjoined" i64, twice "twice" i64, untyped "untyped" i64, same "same" i64, lettered "lettered" String }
}
use faulty::{lettered, same, twice, unjoined, untyped};

noun!(unjoined, "Unjoined", |o| o
    .column("name", "A column of a table that is not joined.", town_name::Column::Name)
    .one::<gauge::Entity>("gauge", "By such a column.", goal::Column::GaugeId)
    .value(
        "both",
        "Of two such columns.",
        [project_gauge::Column::GaugeId, project_gauge::Column::ProjectId],
        |a: i64, b: i64| { (a + b) as i32 }
    ));
noun!(twice, "Twice", |o| o.node().value("id", "The id again.", [twice::Column::Id], |id: i64| id as i32));
noun!(untyped, "Untyped", |o| o.column("bytes", "Bytes.", untyped::Column::Bytes));
noun!(same, "Town", |o| o);
noun!(lettered, "Lettered", |o| o.node());

#[test]
fn a_column_of_a_table_that_is_not_joined_is_a_fault() {
    let faults = check_all([&unjoined::Entity::draft()]).expect_err("faults").to_string();
    assert_eq!(
        faults,
        "Unjoined.name shows town_names.name, which is not joined; Unjoined.gauge shows goals.gauge_id, which is not joined; \
         Unjoined.both shows project_gauges.gauge_id, which is not joined; \
         Unjoined.both shows project_gauges.project_id, which is not joined"
    );
}

#[test]
fn two_fields_of_one_name_are_a_fault() {
    let faults = check_all([&twice::Entity::draft()]).expect_err("faults").to_string();
    assert_eq!(faults, "Twice.id is declared twice");
}

#[test]
fn a_column_that_is_no_leaf_is_a_fault() {
    let faults = check_all([&untyped::Entity::draft()]).expect_err("faults").to_string();
    assert!(faults.starts_with("Untyped.bytes: no leaf for"), "{faults}");
}

#[test]
fn a_global_id_needs_a_number_for_a_key() {
    let faults = check_all([&lettered::Entity::draft()]).expect_err("faults").to_string();
    assert_eq!(faults, "Lettered has a global id, but no number for a key");
}

#[test]
fn two_types_of_one_name_are_a_fault() {
    let faults = check_all([&town::Entity::draft(), &same::Entity::draft()]).expect_err("faults").to_string();
    assert_eq!(faults, "two types are called Town");
}

#[test]
fn the_made_up_world_is_declared_well() {
    super::the_schema();
    check().expect("no faults");
    Rooted::<super::Query>::check().expect("no faults");
}

struct TwiceAtTheRoot;

impl RootType for TwiceAtTheRoot {
    const NAME: &'static str = "Query";
    const DOC: &'static str = "A root with two fields of one name.";
    fn declare(roots: Roots) -> Roots {
        roots
            .page::<sector::Entity, NoArgs>("sectors", "All sectors.")
            .page::<gauge::Entity, NoArgs>("sectors", "All gauges, under the same name.")
    }
}

#[test]
fn two_root_fields_of_one_name_are_a_fault() {
    let faults = Rooted::<TwiceAtTheRoot>::check().expect_err("faults").to_string();
    assert_eq!(faults, "Query.sectors is declared twice");
}
