//! Whether two answers say the same.

use serde_json::Value;

/// Where two answers differ first, in words; nothing where they say the same. Numbers are compared as doubles, members in any order.
pub fn difference(service: &Value, peer: &Value) -> Option<String> {
    at("data", service, peer)
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(120).collect()
}

fn at(path: &str, service: &Value, peer: &Value) -> Option<String> {
    let differ = || Some(format!("{path}: {} and {}", short(service), short(peer)));
    match (service, peer) {
        (Value::Object(a), Value::Object(b)) => {
            if let Some(extra) = b.keys().find(|name| !a.contains_key(*name)) {
                return Some(format!("{path}.{extra}: only the peer has it"));
            }
            a.iter().find_map(|(name, value)| match b.get(name) {
                Some(other) => at(&format!("{path}.{name}"), value, other),
                None => Some(format!("{path}.{name}: only the service has it")),
            })
        }
        (Value::Array(a), Value::Array(b)) => {
            if a.len() != b.len() {
                return Some(format!("{path}: {} and {} rows", a.len(), b.len()));
            }
            a.iter().zip(b).enumerate().find_map(|(n, (a, b))| at(&format!("{path}[{n}]"), a, b))
        }
        (Value::Number(a), Value::Number(b)) => {
            if a.as_f64() == b.as_f64() {
                None
            } else {
                differ()
            }
        }
        _ => {
            if service == peer {
                None
            } else {
                differ()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_answers_may_be_written_differently() {
        assert_eq!(difference(&json!({ "a": 1, "b": [2.0] }), &json!({ "b": [2], "a": 1.0 })), None);
    }

    #[test]
    fn the_first_difference_is_named() {
        let named = |a, b| difference(&a, &b).unwrap_or_default();
        assert_eq!(named(json!({ "a": [{ "b": 1 }] }), json!({ "a": [{ "b": 2 }] })), "data.a[0].b: 1 and 2");
        assert_eq!(named(json!({ "a": [1] }), json!({ "a": [] })), "data.a: 1 and 0 rows");
        assert_eq!(named(json!({ "a": null }), json!({})), "data.a: only the service has it");
    }
}
