//! The schema that follows from the declarations.

use serde_json::Value as Json;

use super::{World, nouns::rows::WORLD, the_schema};
use crate::harness::{TestDb, on_both};

on_both! { WORLD => introspection_tells_the_declarations }

/// A type of the schema definition, without its descriptions.
fn the_type(start: &str) -> String {
    let sdl = the_schema().sdl();
    let lines = sdl.lines().skip_while(|line| !line.starts_with(start)).take_while(|line| *line != "}");
    let mut described = false;
    let told = lines.filter(|line| {
        let quotes = line.matches(r#"""""#).count();
        let plain = !described && quotes == 0;
        if quotes == 1 {
            described = !described;
        }
        plain
    });
    let told: String = told.map(|line| format!("{}\n", line.trim())).collect();
    told.replace("(\n", "(").replace(",\n", ", ").replace("\n)", ")")
}

#[test]
fn columns_closures_and_links_decide_types_and_nullability() {
    assert_eq!(
        the_type("type Town implements"),
        "type Town implements Node {
id: ID!
code: String!
name(locale: Locale! = VI): String!
population: Int
broken: Int!
maybeBroken: Int
square: Float
successor: Town
projects(filter: ProjectFilter, byTown: Boolean! = false, first: Int, after: Cursor, last: Int, before: Cursor): ProjectConnection!
reports(by: ReportBy, descending: Boolean! = false, first: Int, after: Cursor, last: Int, before: Cursor): ReportConnection!
summary: Summary!
count(filter: ProjectFilter, byTown: Boolean! = false): Count
years: [Year!]!
newest(filter: ProjectFilter, byTown: Boolean! = false): Project
read: [Report!]!
"
    );
    assert_eq!(
        the_type("type Report implements"),
        "type Report implements Node {
id: ID!
score: Int
weight: Float
title: String
day: Date
at: DateTime
issued: PartialDate
period: Period!
secret: Boolean!
town: Town!
"
    );
    assert_eq!(
        the_type("type Project implements"),
        "type Project implements Node {
id: ID!
code: String!
title: String!
status: String!
adopted: Date
number: Int
townCode: String
townName: String!
town: Town!
townThen: TownName!
goals(first: Int, after: Cursor, last: Int, before: Cursor): GoalConnection!
hardest: [Goal!]!
gauges(first: Int, after: Cursor, last: Int, before: Cursor): GaugeConnection!
allGauges: [Gauge!]!
"
    );
    assert_eq!(
        the_type("type Summary"),
        "type Summary {
projects: Int!
half: Int
many(times: Int! = 2): Int!
first: Project
town: Town!
third: Project!
backwards: [Project!]!
parts: [Count!]!
topic: Topic!
"
    );
}

#[test]
fn a_connection_has_what_relay_wants() {
    assert_eq!(
        the_type("type TownConnection"),
        "type TownConnection {\nnodes: [Town!]!\nedges: [TownEdge!]!\npageInfo: PageInfo!\ntotalCount: Int!\n"
    );
    assert_eq!(the_type("type TownEdge"), "type TownEdge {\ncursor: Cursor!\nnode: Town!\n");
    assert_eq!(
        the_type("type PageInfo"),
        "type PageInfo {\nhasNextPage: Boolean!\nhasPreviousPage: Boolean!\nstartCursor: Cursor\nendCursor: Cursor\n"
    );
}

#[test]
fn the_root_has_its_fields() {
    assert_eq!(
        the_type("type Query"),
        "type Query {
town(code: String!): Town
towns(like: String, first: Int, after: Cursor, last: Int, before: Cursor): TownConnection!
report(id: ID!): Report
reports(by: ReportBy, descending: Boolean! = false, first: Int, after: Cursor, last: Int, before: Cursor): ReportConnection!
titled(code: String!): [Report!]!
sector(code: String!): Sector
sectors(first: Int, after: Cursor, last: Int, before: Cursor): SectorConnection!
gauges: [Gauge!]!
home: Home!
node(id: ID!): Node
nodes(ids: [ID!]!): [Node]!
"
    );
}

#[test]
fn unions_payloads_and_descriptions() {
    let sdl = the_schema().sdl();
    assert!(sdl.contains("union Topic = Town | Report"), "{sdl}");
    assert_eq!(the_type("type AdoptProjectPayload"), "type AdoptProjectPayload {\nproject: Project\nnew: Boolean!\n");
    assert!(!sdl.contains("NoArgs") && !sdl.contains("input Projects") && !sdl.contains("PageArgs"), "{sdl}");
    assert!(sdl.contains("The town that it became part of."), "{sdl}");
    assert!(sdl.contains("How many rows from the start, 1 to 200"), "{sdl}");
}

async fn introspection_tells_the_declarations(db: TestDb) {
    let world = World::new(&db).await;
    let mut data = world
        .data(
            r#"{__type(name:"Town"){fields{name type{kind name ofType{name}} args{name defaultValue}} interfaces{name}} n:__type(name:"Node"){fields{name} possibleTypes{name}} u:__type(name:"Topic"){possibleTypes{name}}}"#,
        )
        .await;
    let fields = data["__type"]["fields"].as_array_mut().expect("fields");
    let name = fields.iter().find(|f| f["name"] == "name").cloned();
    let expected: Json = serde_json::from_str(
        r#"{"name":"name","type":{"kind":"NON_NULL","name":null,"ofType":{"name":"String"}},"args":[{"name":"locale","defaultValue":"VI"}]}"#,
    )
    .expect("JSON");
    assert_eq!(name, Some(expected));
    let names = |of: &Json| of.as_array().into_iter().flatten().map(|t| t["name"].to_string()).collect::<Vec<_>>();
    assert_eq!(names(&data["__type"]["interfaces"]), [r#""Node""#]);
    let mut possible = names(&data["n"]["possibleTypes"]);
    possible.sort();
    assert_eq!(possible, [r#""Gauge""#, r#""Project""#, r#""Report""#, r#""Town""#]);
    assert_eq!(names(&data["u"]["possibleTypes"]), [r#""Town""#, r#""Report""#]);
}
