//! Pages, put together, are the list: on every list of the schema, in every order, forwards and backwards, while rows are
//! added. The lists are read from the schema, so that a new one is tried without being named here.

use std::collections::BTreeSet;

use entity::kinds::Role;
use proptest::{
    prelude::{Strategy, any},
    sample::Index,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde_json::Value;

use super::people::{Asker, create, login, somebody};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED => pages_put_together_are_the_list_while_rows_are_added }

/// Where a row of each type that has lists is found.
const PARENTS: [(&str, &str); 6] = [
    ("Query", ""),
    ("AdministrativeUnit", r#"at: province(code: "25")"#),
    ("Indicator", r#"at: indicator(code: "mobile_broadband_speed_mbps")"#),
    ("Plan", r#"at: plan(code: "pt-3927")"#),
    ("InformationSystem", r#"at: informationSystem(code: "pt-lgsp")"#),
    ("DataLink", r#"at: dataLink(code: "qn-lgsp--vn-ndxp")"#),
];

/// One list in one of its orders.
struct List {
    parent: &'static str,
    name: String,
    of: String,
    order: String,
}

async fn lists(asker: &Asker) -> Vec<List> {
    let schema = asker
        .ask(
            "{ __schema { types { name enumValues { name } inputFields { name type { ofType { name } } }
          fields { name type { ofType { name } } args { name type { name } } } } } }",
        )
        .await;
    let types = schema["__schema"]["types"].as_array().expect("types");
    let named = |name: &Value| types.iter().find(|of| of["name"] == *name).expect("a type of the schema");
    let mut lists = vec![];
    for of in types {
        for field in of["fields"].as_array().into_iter().flatten() {
            let to = field["type"]["ofType"]["name"].as_str().unwrap_or_default();
            let Some(row) = to.strip_suffix("Connection") else { continue };
            let type_name = of["name"].as_str().unwrap_or_default();
            // There is no agreement among the bundled data; the feed goes one way only, and has tests of its own.
            if type_name == "Agreement" || row == "Change" {
                continue;
            }
            let parent = PARENTS.iter().find(|(name, _)| *name == type_name);
            let parent = parent.unwrap_or_else(|| panic!("where is a {type_name} to be found?")).1;
            let arguments = field["args"].as_array().expect("arguments");
            let order = arguments.iter().find(|argument| argument["name"] == "orderBy");
            let mut orders = vec![String::new()];
            if let Some(order) = order {
                let fields = named(&order["type"]["name"])["inputFields"].as_array().expect("input fields");
                let by = fields.iter().find(|f| f["name"] == "field").expect("a field to order by");
                for value in named(&by["type"]["ofType"]["name"])["enumValues"].as_array().expect("values") {
                    let name = value["name"].as_str().expect("a name");
                    orders.extend(["ASC", "DESC"].map(|way| format!("orderBy: {{ field: {name}, direction: {way} }}")));
                }
            }
            lists.extend(orders.into_iter().map(|order| List {
                parent,
                name: field["name"].as_str().expect("a name").to_owned(),
                of: row.to_owned(),
                order,
            }));
        }
    }
    lists
}

impl List {
    async fn page(&self, asker: &Asker, arguments: &str) -> Value {
        let List { parent, name, order, .. } = self;
        let list = format!(
            "{name}({arguments} {order}) {{ nodes {{ at: __typename }} edges {{ cursor node {{ {} }} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} totalCount }}",
            match self.of.as_str() {
                "LinkTransition" | "LinkCheck" => "at",
                "AuditEntry" => "id: hash",
                "GrantRead" => "id: requestId",
                _ => "id",
            },
        );
        match parent.is_empty() {
            true => asker.ask(&format!("{{ {list} }}")).await[name].clone(),
            false => asker.ask(&format!("{{ {parent} {{ {list} }} }}")).await["at"][name].clone(),
        }
    }
    /// All rows, in pages of a size; `between` runs after each page.
    async fn all(&self, asker: &Asker, size: usize, backward: bool, mut between: impl AsyncFnMut()) -> Vec<String> {
        let (mut together, mut from) = (vec![], String::new());
        loop {
            let page = self.page(asker, &format!("{}: {size}{from}", if backward { "last" } else { "first" })).await;
            let edges = page["edges"].as_array().expect("edges");
            let ids = edges.iter().map(|edge| edge["node"]["id"].as_str().expect("an id").to_owned()).collect();
            together = if backward { [ids, together].concat() } else { [together, ids].concat() };
            let info = &page["pageInfo"];
            let (more, cursor, which) = match backward {
                true => (&info["hasPreviousPage"], &info["startCursor"], "before"),
                false => (&info["hasNextPage"], &info["endCursor"], "after"),
            };
            if more == false {
                return together;
            }
            from = format!(", {which}: {cursor}");
            between().await;
        }
    }
}

/// Adds copies of rows, with the same values in whatever a list is ordered by: ties, and NULLs where the row has them.
struct Copies {
    db: TestDb,
    raw: DatabaseConnection,
    made: usize,
}

impl Copies {
    async fn copy(&mut self, table: &str, which: &str, unique: Option<&str>, set: &[(&str, &str)]) {
        self.made += 1;
        let columns = self.db.columns(table).await;
        let value = |column: &String| match set.iter().find(|(name, _)| name == column) {
            Some((_, value)) => (*value).to_owned(),
            None if unique == Some(column) => format!("{column} || '~{}'", self.made),
            None => column.clone(),
        };
        let values: Vec<String> = columns.iter().map(value).collect();
        let sql = format!(
            "INSERT INTO {table} ({}) SELECT {} FROM {table} WHERE id = {which}",
            columns.join(", "),
            values.join(", ")
        );
        self.raw.execute_unprepared(&sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    }
    /// A copy of some row of a type.
    async fn add(&mut self, of: &str, some: Index) {
        let (table, unique) = match of {
            "AdministrativeUnit" => ("unit_version", None),
            "Agency" => ("agency", Some("code")),
            "LegalDocument" => ("legal_document", Some("code")),
            "LegalDocumentProposal" => ("legal_document_proposal", None),
            "Indicator" => ("indicator", Some("code")),
            "Observation" => ("observation", Some("dimension")),
            "Shortcoming" => ("shortcoming", Some("text")),
            "Plan" => ("plan", Some("code")),
            "PlanTarget" => ("plan_target", None),
            "PlanTask" => ("plan_task", Some("title")),
            "InformationSystem" => ("information_system", Some("code")),
            "DataLink" => ("data_link", Some("code")),
            "User" => ("user_account", Some("username")),
            "ApiClient" => ("api_client", Some("client_id")),
            other => panic!("how is a {other} added?"),
        };
        let which = format!("(SELECT id FROM {table} ORDER BY id LIMIT 1 OFFSET {})", some.index(10));
        if of == "AdministrativeUnit" {
            self.copy("unit", &format!("(SELECT unit_id FROM unit_version WHERE id = {which})"), Some("code"), &[])
                .await;
            self.copy(table, &which, None, &[("unit_id", "(SELECT max(id) FROM unit)")]).await;
        } else {
            self.copy(table, &which, unique, &[]).await;
        }
    }
}

async fn pages_put_together_are_the_list_while_rows_are_added(db: TestDb) {
    let admin = somebody(&db, "chief", &[Role::Admin, Role::Registrar], Some("VN")).await;
    for n in 0..12 {
        create(&db.app().await, &format!("user{n}"), &[Role::Viewer], Some("25")).await;
        admin
            .ask(&format!(r#"mutation {{ createApiClient(input: {{ name: "{n}", scopes: [] }}) {{ clientSecret }} }}"#))
            .await;
        admin
            .ask(&format!(
                r#"mutation {{ proposeLegalDocument(input: {{ create: {{ code: "p{n}", number: "{n}", kind: "LAW" }}, reason: "x" }}) {{ proposal {{ id }} }} }}"#
            ))
            .await;
    }
    let mut copies = Copies { raw: db.raw().await, db: db.clone(), made: 0 };
    let mut runner = TestRunner::new(Config::default());
    let (mut seen, mut tried) = (BTreeSet::new(), 0);
    for list in lists(&admin).await {
        if ["LinkTransition", "LinkCheck"].contains(&list.of.as_str()) {
            // There is none yet.
            assert_eq!(list.page(&admin, "first: 1").await["totalCount"], 0);
            continue;
        }
        for backward in [false, true] {
            let drawn =
                (4..20_usize, any::<[Index; 4]>()).new_tree(&mut runner).expect("values can be drawn").current();
            let what = format!("{} {} {} {backward} {drawn:?}", list.parent, list.name, list.order);
            let before = list.all(&admin, 200, false, async || ()).await;
            let total = list.page(&admin, "first: 1").await["totalCount"].clone();
            assert_eq!(total, before.len(), "{what}");
            assert_eq!(list.all(&admin, drawn.0, backward, async || ()).await, before, "{what}");
            let mut more = drawn.1.into_iter();
            let together = list
                .all(&admin, drawn.0, backward, async || {
                    match more.next() {
                        // The chain takes no copies: it grows by what is done.
                        Some(_) if list.of == "AuditEntry" => drop(admin.send(&login("nobody", "x")).await),
                        Some(some) => copies.add(&list.of, some).await,
                        None => {}
                    }
                })
                .await;
            let kept: Vec<&String> = together.iter().filter(|id| before.contains(id)).collect();
            assert_eq!(kept, before.iter().collect::<Vec<_>>(), "a row was lost or moved: {what}");
            let after = list.all(&admin, 200, false, async || ()).await;
            let in_order: Vec<&String> = after.iter().filter(|id| together.contains(id)).collect();
            assert_eq!(in_order, together.iter().collect::<Vec<_>>(), "a row came twice, or out of order: {what}");
            tried += 1;
            if before.len() > 1 {
                seen.insert(format!("{} {}", list.parent, list.name));
            }
        }
    }
    assert!(tried > 60 && seen.len() > 15, "{tried} {seen:?}");
    copies.raw.close().await.expect("the connection closes");
}
