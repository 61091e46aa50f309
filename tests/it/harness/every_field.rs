//! Queries that ask, together, for every field of a schema.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value;

/// What is needed of a schema to ask for all of it.
pub const INTROSPECTION: &str = "{ __schema { queryType { name } types { kind name possibleTypes { name }
    fields(includeDeprecated: true) { name args { name defaultValue type { kind } } type { ...T } } } } }
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

struct Field {
    name: String,
    to: String,
    /// Arguments that must be given.
    must: Vec<String>,
}

/// A schema, as its introspection tells it.
pub struct Schema {
    query: String,
    fields: BTreeMap<String, Vec<Field>>,
    /// Of interfaces and unions.
    possible: BTreeMap<String, Vec<String>>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn named(of: &Value) -> String {
    if of["ofType"].is_null() { text(&of["name"]) } else { named(&of["ofType"]) }
}

impl Schema {
    /// Reads the answer to [`INTROSPECTION`].
    pub fn read(data: &Value) -> Self {
        let schema = &data["__schema"];
        let (mut fields, mut possible) = (BTreeMap::new(), BTreeMap::new());
        for of in list(&schema["types"]).filter(|t| !text(&t["name"]).starts_with("__")) {
            let name = text(&of["name"]);
            if of["kind"] == "INTERFACE" || of["kind"] == "UNION" {
                possible.insert(name, list(&of["possibleTypes"]).map(|t| text(&t["name"])).collect());
            } else if of["kind"] == "OBJECT" {
                let field = |f: &Value| Field {
                    name: text(&f["name"]),
                    to: named(&f["type"]),
                    must: list(&f["args"])
                        .filter(|a| a["type"]["kind"] == "NON_NULL" && a["defaultValue"].is_null())
                        .map(|a| text(&a["name"]))
                        .collect(),
                };
                fields.insert(name, list(&of["fields"]).map(field).collect());
            }
        }
        Schema { query: text(&schema["queryType"]["name"]), fields, possible }
    }
    /// A query for each root field. Below it stands every field of every type that it leads to, each once. `value` is asked for
    /// arguments that must be given, by type, field and argument.
    pub fn queries(&self, value: impl Fn(&str, &str, &str) -> String) -> Vec<(String, String)> {
        let roots = self.fields.get(&self.query).into_iter().flatten();
        roots
            .map(|root| {
                let mut query = String::new();
                self.field(&self.query, root, "", &value, &mut HashSet::new(), &mut query);
                (root.name.clone(), format!("{{{query}}}"))
            })
            .collect()
    }
    /// Every field of every type below the root, as `Type.field`.
    pub fn all(&self) -> BTreeSet<String> {
        let below = self.fields.iter().filter(|(of, _)| **of != self.query);
        below.flat_map(|(of, fields)| fields.iter().map(move |f| format!("{of}.{}", f.name))).collect()
    }
    fn field<'a>(
        &'a self,
        of: &'a str,
        field: &'a Field,
        alias: &str,
        value: &impl Fn(&str, &str, &str) -> String,
        seen: &mut HashSet<&'a str>,
        out: &mut String,
    ) {
        out.push(' ');
        out.push_str(alias);
        out.push_str(&field.name);
        if !field.must.is_empty() {
            let args: Vec<_> = field.must.iter().map(|arg| format!("{arg}: {}", value(of, &field.name, arg))).collect();
            out.push_str(&format!("({})", args.join(", ")));
        }
        self.selection(&field.to, "", value, seen, out);
    }
    fn selection<'a>(
        &'a self,
        of: &'a str,
        alias: &str,
        value: &impl Fn(&str, &str, &str) -> String,
        seen: &mut HashSet<&'a str>,
        out: &mut String,
    ) {
        if let Some(possible) = self.possible.get(of) {
            out.push_str(" { __typename");
            for member in possible {
                out.push_str(&format!(" ... on {member}"));
                // Fields of one name may differ between the members.
                self.selection(member, &format!("{member}_"), value, seen, out);
            }
            out.push_str(" }");
        } else if let Some(fields) = self.fields.get(of) {
            out.push_str(" { __typename");
            if seen.insert(of) {
                for field in fields {
                    let alias = if alias.is_empty() { String::new() } else { format!("{alias}{}: ", field.name) };
                    self.field(of, field, &alias, value, seen, out);
                }
            }
            out.push_str(" }");
        }
    }
}

/// The fields that an answer has, as `Type.field`, whatever they hold.
pub fn answered(answer: &Value, out: &mut BTreeSet<String>) {
    if let Some(of) = answer["__typename"].as_str() {
        let keys = answer.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
        let names = keys.filter(|key| *key != "__typename");
        out.extend(names.map(|key| format!("{of}.{}", key.strip_prefix(&format!("{of}_")).unwrap_or(key))));
    }
    match answer {
        Value::Array(items) => items.iter().for_each(|item| answered(item, out)),
        Value::Object(fields) => fields.values().for_each(|field| answered(field, out)),
        _ => {}
    }
}
