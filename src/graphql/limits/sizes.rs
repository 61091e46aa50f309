//! How many rows a field could be answered with: by its arguments where they say so, else by what is usual.

use async_graphql::{
    InputType, Name, ScalarType, Variables,
    parser::types::Field,
    registry::{MetaField, MetaType, MetaTypeName, Registry},
};
use async_graphql_value::{ConstValue, Value};
use entity::kinds::Bucket;

use crate::{
    kernel::{
        page::{self, DEFAULT},
        scalar::DateTime,
    },
    traffic::graphql::statistics,
};

/// The rows of a list that says nothing of its length: versions of a unit, revisions of a figure.
const FEW: u64 = 10;

/// What a field's selection is asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// So many rows.
    Rows(u64),
    /// A page with so many rows.
    Page(u64),
    /// Each row of the page that it stands in.
    RowsOfThePage,
    /// The place of each of them.
    EdgesOfThePage,
    /// Something that is no row.
    Part,
}

/// How many rows a field of a type could be answered with.
pub(super) fn of(registry: &Registry, parent: &str, meta: &MetaField, field: &Field, variables: &Variables) -> Size {
    let to = MetaTypeName::concrete_typename(&meta.ty);
    let composite = registry
        .types
        .get(to)
        .is_some_and(|of| matches!(of, MetaType::Object { .. } | MetaType::Interface { .. } | MetaType::Union { .. }));
    if !composite {
        return Size::Part;
    }
    if is_page(registry, parent) {
        return match meta.name.as_str() {
            "nodes" => Size::RowsOfThePage,
            "edges" => Size::EdgesOfThePage,
            _ => Size::Part,
        };
    }
    let given = Given { meta, field, variables };
    match (is_page(registry, to), is_list(&meta.ty)) {
        (true, _) => Size::Page(given.page()),
        (false, true) => Size::Rows(given.list()),
        (false, false) => Size::Rows(1),
    }
}

/// Is this the type of a connection?
fn is_page(registry: &Registry, name: &str) -> bool {
    name.ends_with("Connection")
        && registry
            .types
            .get(name)
            .is_some_and(|of| ["nodes", "edges", "pageInfo"].iter().all(|f| of.field_by_name(f).is_some()))
}

fn is_list(ty: &str) -> bool {
    ty.starts_with('[')
}

struct Given<'a> {
    meta: &'a MetaField,
    field: &'a Field,
    variables: &'a Variables,
}

/// What an argument says of a number of rows.
enum Said {
    Nothing,
    Rows(u64),
    /// What is refused, so that nothing is read.
    Wrong,
}

impl Given<'_> {
    fn argument(&self, name: &str) -> Option<ConstValue> {
        let value = self.field.get_argument(name)?;
        match &value.node {
            Value::Variable(variable) => self.variables.get(variable).cloned(),
            Value::Number(number) => Some(ConstValue::Number(number.clone())),
            Value::String(text) => Some(ConstValue::String(text.clone())),
            Value::Enum(word) => Some(ConstValue::Enum(word.clone())),
            Value::Null => Some(ConstValue::Null),
            _ => None,
        }
    }
    fn count(&self, name: &str) -> Said {
        let Some(meta) = self.meta.args.get(name) else { return Said::Nothing };
        let default = || meta.default_value.as_ref().and_then(|text| text.parse().ok());
        let given = match self.argument(name) {
            None | Some(ConstValue::Null) => match default() {
                Some(default) => default,
                None => return Said::Nothing,
            },
            Some(ConstValue::Number(number)) => number.as_i64().unwrap_or(i64::MAX),
            Some(_) => return Said::Wrong,
        };
        let rows = i32::try_from(given).ok().and_then(|given| page::count("first", given).ok());
        rows.map_or(Said::Wrong, Said::Rows)
    }
    fn page(&self) -> u64 {
        match (self.count("first"), self.count("last")) {
            (Said::Nothing, Said::Nothing) => u64::try_from(DEFAULT).unwrap_or_default(),
            (Said::Rows(rows), Said::Nothing) | (Said::Nothing, Said::Rows(rows)) => rows,
            _ => 0,
        }
    }
    fn list(&self) -> u64 {
        match (self.count("first"), self.named()) {
            (Said::Rows(rows), _) => rows,
            (Said::Wrong, _) => 0,
            (Said::Nothing, named) => named.or_else(|| self.buckets()).unwrap_or(FEW),
        }
    }
    /// Of a list of what was counted between two instants: the buckets there could be. What cannot be read is refused, as too many
    /// are, so that nothing is.
    fn buckets(&self) -> Option<u64> {
        let args = &self.meta.args;
        let (_, _, by) = (args.get("from")?, args.get("to")?, args.get("bucket")?);
        let at = |name: &str| self.argument(name).and_then(|at| <DateTime as ScalarType>::parse(at).ok());
        let by_default = || by.default_value.as_deref().map(|word| ConstValue::Enum(Name::new(word)));
        let bucket = Bucket::parse(self.argument("bucket").or_else(by_default)).ok();
        let (Some(from), Some(to), Some(bucket)) = (at("from"), at("to"), bucket) else { return Some(0) };
        Some(statistics::most_buckets(from, to, bucket))
    }
    /// Of a list of what is named: how many are.
    fn named(&self) -> Option<u64> {
        let many = match &self.field.get_argument("ids")?.node {
            Value::List(ids) => ids.len(),
            Value::Variable(variable) => match self.variables.get(variable) {
                Some(ConstValue::List(ids)) => ids.len(),
                _ => 1,
            },
            _ => 1,
        };
        u64::try_from(many).ok()
    }
}

/// How long the lists of introspection are: the types are known, the others are as long as in the mean, where there is anything.
pub(super) struct Lists {
    types: u64,
    fields: u64,
    arguments: u64,
    others: u64,
}

impl Lists {
    pub fn of(registry: &Registry) -> Self {
        let (mut of_types, mut of_fields, mut others) = (vec![], vec![], vec![]);
        for of in registry.types.values() {
            match of {
                MetaType::Object { fields, .. } | MetaType::Interface { fields, .. } => {
                    of_types.push(fields.len());
                    of_fields.extend(fields.values().map(|field| field.args.len()));
                }
                MetaType::InputObject { input_fields, .. } => others.push(input_fields.len()),
                MetaType::Enum { enum_values, .. } => others.push(enum_values.len()),
                MetaType::Union { possible_types, .. } => others.push(possible_types.len()),
                MetaType::Scalar { .. } => {}
            }
        }
        Lists {
            types: u64::try_from(registry.types.len()).unwrap_or(u64::MAX),
            fields: mean(&of_types),
            arguments: mean(&of_fields),
            others: mean(&others),
        }
    }
    /// How many rows a field of introspection is answered with.
    pub fn size(&self, name: &str) -> Size {
        Size::Rows(match name {
            "types" => self.types,
            "fields" => self.fields,
            "args" => self.arguments,
            "inputFields" | "enumValues" | "possibleTypes" | "interfaces" | "directives" => self.others,
            _ => 1,
        })
    }
}

fn mean(lengths: &[usize]) -> u64 {
    u64::try_from(lengths.iter().sum::<usize>().div_ceil(lengths.len().max(1))).unwrap_or(u64::MAX)
}
