//! The lists of the schema, with their filters and orders, and what is asked of each.

use serde_json::Value;

/// What is needed of the schema.
pub const INTROSPECTION: &str = "{ __schema { types { kind name
    fields { name type { ...T } args { name defaultValue type { ...T } } }
    inputFields { name type { ...T } } enumValues { name } } } }
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// What a filter is asked with, where its type does not tell: by its name, or by the list and its name.
const SAMPLES: &[(&str, &str)] = &[
    ("indicators", r#"["fibre_route_km"]"#),
    ("areas", r#"["25"]"#),
    ("on", r#""2026-01-15""#),
    ("at", r#""2026-01-15T00:00:00Z""#),
    ("from", r#""2025-12-01T00:00:00Z""#),
    ("to", r#""2025-02-01T00:00:00Z""#),
    ("dimensions", r#"["all"]"#),
    ("periodFrom", r#""2024""#),
    ("periodTo", r#""2015""#),
    ("states", "[PUBLISHED]"),
    ("sharing", "[OPEN]"),
    ("latest", "true"),
    ("hasFindings", "false"),
    ("restsOnExpired", "false"),
    ("decisionOverdue", "false"),
    ("active", "true"),
    ("codes", r#"["walk-17", "walk-18"]"#),
    ("numbers", r#"["17/KH-UBND"]"#),
    ("systems", r#"["walk-17"]"#),
    ("agencies", r#"["pt-ubnd"]"#),
    ("clients", r#"["nobody"]"#),
    ("actors", r#"["user:walk-3"]"#),
    ("actions", r#"["RECORD_OBSERVATION"]"#),
    ("resources", r#"["walk:17"]"#),
    ("grants", "[]"),
    ("agreement", r#""none""#),
    ("text", r#""walk-17""#),
    ("inYear", "2024"),
    ("expiringWithinDays", "30"),
    ("migrationDueWithinDays", "365"),
    ("dataLinks.statuses", "[ACTIVE]"),
    ("provinces.codes", r#"["25"]"#),
];

/// A list of the root.
pub struct List {
    name: String,
    feed: bool,
    /// Each filter, as an argument.
    filters: Vec<(String, String)>,
    /// Each order, as an argument.
    orders: Vec<(String, String)>,
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn named(of: &Value) -> &str {
    if of["ofType"].is_null() { text(&of["name"]) } else { named(&of["ofType"]) }
}

impl List {
    /// All of them, from the answer to [`INTROSPECTION`].
    pub fn all(data: &Value) -> Vec<List> {
        let types = &data["__schema"]["types"];
        let of = |name: &str| list(types).find(|of| of["name"] == name).unwrap_or(&Value::Null);
        let words = |name: &str| list(&of(name)["enumValues"]).map(|value| text(&value["name"])).collect::<Vec<_>>();
        let sample = |root: &str, field: &Value| {
            let name = text(&field["name"]);
            let given = |key: &str| SAMPLES.iter().find(|(of, _)| *of == key).map(|(_, value)| (*value).to_owned());
            given(&format!("{root}.{name}")).or_else(|| given(name)).unwrap_or_else(|| {
                let first = words(named(&field["type"]));
                assert!(!first.is_empty(), "{root}: what shall {name} be asked with?");
                format!("[{}]", first[0])
            })
        };
        let roots = list(&of("Query")["fields"]).filter(|field| named(&field["type"]).ends_with("Connection"));
        let read = |field: &Value| {
            let name = text(&field["name"]);
            let (mut filters, mut orders, mut feed) = (vec![], vec![], true);
            for argument in list(&field["args"]) {
                match text(&argument["name"]) {
                    "last" => feed = false,
                    "first" | "after" | "before" => {}
                    "filter" => filters.extend(list(&of(named(&argument["type"]))["inputFields"]).map(|field| {
                        let of = text(&field["name"]);
                        (of.to_owned(), format!("filter: {{{of}: {}}}", sample(name, field)))
                    })),
                    "orderBy" => {
                        let fields = list(&of(named(&argument["type"]))["inputFields"]).find(|f| f["name"] == "field");
                        for by in words(named(&fields.expect("a field")["type"])) {
                            for way in ["ASC", "DESC"] {
                                let order = format!("orderBy: {{field: {by}, direction: {way}}}");
                                orders.push((format!("{by} {way}"), order));
                            }
                        }
                    }
                    "asOf" => filters.push(("asOf".to_owned(), r#"asOf: "2025-06-01T00:00:00Z""#.to_owned())),
                    of => filters.push((of.to_owned(), format!("{of}: {}", sample(name, argument)))),
                }
            }
            if name == "observations" {
                let both = r#"filter: {indicators: ["fibre_route_km"], areas: ["25"]}"#;
                filters.push(("indicators and areas".to_owned(), both.to_owned()));
            }
            List { name: name.to_owned(), feed, filters, orders }
        };
        roots.map(read).collect()
    }
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// Pages of it: by which filter, in which order, and the document that asks for it.
    pub fn pages(&self) -> Vec<(String, String, String)> {
        let none = || (String::new(), String::new());
        let filters: Vec<_> = [none()].into_iter().chain(self.filters.iter().cloned()).collect();
        let orders: Vec<_> = [none()].into_iter().chain(self.orders.iter().cloned()).collect();
        let ends: &[&str] = if self.feed { &["first: 20"] } else { &["first: 20", "last: 20"] };
        let mut pages = vec![];
        for (filter, filtered) in &filters {
            for (order, ordered) in &orders {
                for end in ends {
                    let args: Vec<&str> =
                        [filtered.as_str(), ordered, end].into_iter().filter(|a| !a.is_empty()).collect();
                    let page = format!(
                        "{{ {}({}) {{ edges {{ cursor node {{ __typename }} }} }} }}",
                        self.name,
                        args.join(", ")
                    );
                    pages.push((filter.clone(), order.clone(), page));
                }
            }
        }
        pages
    }
}
