//! Points that a field costs for its work in the database, beside the rows that it returns. A price is reserved before
//! the request is executed and is based on measurements with a million observations. Afterwards the unused part is
//! returned, and work beyond the price is charged.

use async_graphql::{Name, Variables, parser::types::Field};
use async_graphql_value::{ConstValue, Value};

/// Fields that count, compute or search, with the type that has them (`*`: any type) and the price.
pub(super) const PRICES: &[(&str, &str, u64)] = &[
    ("*", "totalCount", 400),
    ("Query", "search", 1_000),
    ("Query", "changes", 1_000),
    ("Query", "sharingBulletin", 2_000),
    ("Query", "auditVerification", 4_000),
    ("AdministrativeUnit", "latest", 400),
    ("AdministrativeUnit", "series", 400),
    ("AdministrativeUnit", "statistics", 200),
    ("AdministrativeUnit", "progress", 400),
    ("InformationSystem", "statistics", 200),
    ("DataLink", "statistics", 200),
    ("Indicator", "ranking", 400),
    ("Plan", "progress", 400),
    ("PlanTarget", "attainment", 400),
    ("PlanTarget", "baseline", 200),
];

/// Added to a list that is filtered by `latest`.
const LATEST: u64 = 1_000;

/// Added to a list with `asOf`.
const AS_OF: u64 = 200;

/// A row costs this fraction of the price (1/20), because one statement reads many rows.
pub(super) const OF_A_ROW: u64 = 20;

/// The price of a field.
pub(super) fn of(parent: &str, field: &Field, variables: &Variables) -> u64 {
    let name = field.name.node.as_str();
    let listed = PRICES.iter().find(|(of, named, _)| *named == name && (*of == "*" || *of == parent));
    let given = |name: &str| field.get_argument(name).map(|value| &value.node);
    let latest = given("filter").is_some_and(|filter| asks_for_latest(filter, variables));
    let as_of = given("asOf").is_some_and(|at| !is_null(at, variables));
    [(latest, LATEST), (as_of, AS_OF)]
        .into_iter()
        .filter_map(|(asked, price)| asked.then_some(price))
        .fold(listed.map_or(0, |(_, _, price)| *price), u64::saturating_add)
}

fn is_null(value: &Value, variables: &Variables) -> bool {
    match value {
        Value::Null => true,
        Value::Variable(name) => matches!(variables.get(name), None | Some(ConstValue::Null)),
        _ => false,
    }
}

fn asks_for_latest(filter: &Value, variables: &Variables) -> bool {
    let yes = |value: Option<&ConstValue>| matches!(value, Some(ConstValue::Boolean(true)));
    let inside = |filter: Option<&ConstValue>| match filter {
        Some(ConstValue::Object(fields)) => yes(fields.get(&Name::new("latest"))),
        _ => false,
    };
    match filter {
        Value::Variable(name) => inside(variables.get(name)),
        Value::Object(fields) => match fields.get(&Name::new("latest")) {
            Some(Value::Variable(name)) => yes(variables.get(name)),
            Some(Value::Boolean(latest)) => *latest,
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without this, a renamed field would become free.
    #[test]
    fn every_price_is_of_a_field_that_the_schema_has() {
        let schema = include_str!("../../../schema.graphql");
        for (of, field, _) in PRICES {
            let ends = [format!("\n\t{field}:"), format!("\n\t{field}(")];
            let within = match *of {
                "*" => schema,
                of => schema
                    .split_once(&format!("\ntype {of} "))
                    .and_then(|(_, rest)| rest.split_once("\n}"))
                    .map_or("", |(fields, _)| fields),
            };
            assert!(ends.iter().any(|end| within.contains(end.as_str())), "{of}.{field}");
        }
    }
}
