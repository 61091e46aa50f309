//! Types that are declared once: everything that a document may do to them, on a made-up world.

mod arguments;
mod computed;
mod errors;
mod every_field;
mod interfaces;
mod links;
mod mutation;
mod mutations;
mod nouns;
mod nulls;
mod order;
mod paging;
mod query;
mod schema;
mod selection;
mod statements;
mod visible;
mod writes;

use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::{EmptySubscription, PathSegment, Request, Response, ServerError, Variables};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use lienthong::kernel::{app::App, error::Error, object::root::Rooted, op::Op, policy::Caller};
use serde_json::Value as Json;

use crate::harness::TestDb;
use mutation::Mutation;
use query::Query;

type Schema = async_graphql::Schema<Rooted<Query>, Mutation, EmptySubscription>;

fn the_schema() -> Schema {
    Schema::build(Rooted::new(), Mutation, EmptySubscription).finish()
}

/// The made-up world's service, and who asks it.
struct World {
    app: App,
    schema: Schema,
    caller: Caller,
}

/// Every `‹…›` in a text as the service encodes ids and cursors: `‹Town:70›`, `‹["Town","",3]›`.
fn coded(text: &str) -> String {
    let mut parts = text.split('‹');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('›').expect("every ‹ has its ›");
        out.push_str(&URL_SAFE_NO_PAD.encode(code));
        out.push_str(rest);
    }
    out
}

/// An error in short.
fn told(error: &ServerError) -> String {
    let places: Vec<_> = error.locations.iter().map(|at| format!("{}:{}", at.line, at.column)).collect();
    let path: Vec<_> = error
        .path
        .iter()
        .map(|step| match step {
            PathSegment::Field(name) => name.clone(),
            PathSegment::Index(index) => index.to_string(),
        })
        .collect();
    format!("{} {}: {}", places.join(" "), path.join("."), error.message)
}

impl World {
    async fn new(db: &TestDb) -> Self {
        World { app: db.app().await, schema: the_schema(), caller: Caller::Operator }
    }
    /// The same, asked by somebody else.
    fn asked_by(&self, caller: Caller) -> Self {
        World { app: self.app.clone(), schema: self.schema.clone(), caller }
    }
    /// An operation with a request id of its own.
    fn op(&self) -> Op {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        Op::new(&self.app, self.caller.clone(), &format!("request {}", NUMBER.fetch_add(1, Ordering::Relaxed)))
    }
    async fn execute(&self, op: Op, query: &str, variables: Json) -> Response {
        let request = Request::new(coded(query)).variables(Variables::from_json(variables)).data(op);
        let response = self.schema.execute(request).await;
        for error in response.errors.iter().filter_map(|e| e.source::<Error>()) {
            // What callers are not told helps where a test fails.
            println!("{error}");
        }
        response
    }
    /// The whole response, as it would be sent.
    async fn ask_with(&self, query: &str, variables: Json) -> String {
        serde_json::to_string(&self.execute(self.op(), query, variables).await).expect("a response is JSON")
    }
    async fn ask(&self, query: &str) -> String {
        self.ask_with(query, Json::Null).await
    }
    /// The data, of which nothing may have failed.
    async fn data(&self, query: &str) -> Json {
        let response: Json = serde_json::from_str(&self.ask(query).await).expect("a response is JSON");
        assert_eq!(response["errors"], Json::Null, "{query}");
        response["data"].clone()
    }
    /// How many statements a query takes.
    async fn statements(&self, query: &str) -> usize {
        let op = self.op();
        let response = self.execute(op.clone(), query, Json::Null).await;
        assert_eq!(response.errors, vec![], "{query}");
        op.statements()
    }
    /// The response must be this, to the byte.
    async fn says(&self, query: &str, response: &str) {
        self.says_with(query, Json::Null, response).await;
    }
    async fn says_with(&self, query: &str, variables: Json, response: &str) {
        assert_eq!(self.ask_with(query, variables).await, coded(response), "{query}");
    }
    /// The data must be this, to the byte, and these must have failed: `1:28 towns.nodes.0.code: what is told`.
    async fn fails(&self, query: &str, data: &str, errors: &[&str]) {
        self.fails_with(query, Json::Null, data, errors).await;
    }
    async fn fails_with(&self, query: &str, variables: Json, data: &str, errors: &[&str]) {
        let response = self.execute(self.op(), query, variables).await;
        assert_eq!(serde_json::to_string(&response.data).expect("data are JSON"), coded(data), "{query}");
        // Root fields are answered at the same time, so that their errors come in any order.
        let mut all: Vec<_> = response.errors.iter().map(told).collect();
        all.sort();
        assert_eq!(all, errors, "{query}");
    }
    /// The data must be this, to the byte, and nothing may have failed.
    async fn gives(&self, query: &str, data: &str) {
        self.says(query, &format!(r#"{{"data":{data}}}"#)).await;
    }
    async fn gives_with(&self, query: &str, variables: Json, data: &str) {
        self.says_with(query, variables, &format!(r#"{{"data":{data}}}"#)).await;
    }
}
