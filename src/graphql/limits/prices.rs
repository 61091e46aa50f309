//! What a field takes of the database beside the rows that it is answered with, in points: a deposit, by what such fields took in a
//! database with a million observations. What was not needed is given back, what it took beyond is paid afterwards.

use async_graphql::{Name, Variables, parser::types::Field};
use async_graphql_value::{ConstValue, Value};

/// Fields that count, compute or search, by the type that they stand on; those of any type where it says `*`.
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

/// The newest of each series, beside a list that is narrowed by it.
const LATEST: u64 = 1_000;

/// A list as it was at an instant, beside the list of today.
const AS_OF: u64 = 200;

/// Of many rows each takes such a part of the price of one: they are read by one statement.
pub(super) const OF_A_ROW: u64 = 20;

/// The price of a field of a type.
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

    /// One that is renamed would cost nothing from then on.
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
