//! Estimates how many rows a field returns: from its arguments if they limit the number, otherwise from a usual length.

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

/// The assumed length of lists without a limit, such as versions of a unit or revisions of an observation.
const FEW: u64 = 10;

/// How often a field's selection is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// Once for each of this many rows.
    Rows(u64),
    /// As a page of this many rows.
    Page(u64),
    /// Once for each row of the enclosing page (`nodes`).
    RowsOfThePage,
    /// Once for each edge of the enclosing page (`edges`).
    EdgesOfThePage,
    /// Once: the field returns no row.
    Part,
}

/// Estimates how many rows a field returns.
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

/// Whether a type is a connection.
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

/// What an argument says about the number of rows.
enum Said {
    Nothing,
    Rows(u64),
    /// An invalid value: the request will be rejected, so no rows are read.
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
    /// For a list of statistics between two instants: the most buckets. 0 for arguments that cannot be read, because
    /// the request will be rejected.
    fn buckets(&self) -> Option<u64> {
        let args = &self.meta.args;
        let (_, _, by) = (args.get("from")?, args.get("to")?, args.get("bucket")?);
        let at = |name: &str| self.argument(name).and_then(|at| <DateTime as ScalarType>::parse(at).ok());
        let by_default = || by.default_value.as_deref().map(|word| ConstValue::Enum(Name::new(word)));
        let bucket = Bucket::parse(self.argument("bucket").or_else(by_default)).ok();
        let (Some(from), Some(to), Some(bucket)) = (at("from"), at("to"), bucket) else { return Some(0) };
        Some(statistics::most_buckets(from, to, bucket))
    }
    /// For a list selected by `ids`: how many ids there are.
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

/// The lengths of introspection's lists: the number of types, and for other lists their mean length in the schema.
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
    /// Estimates how many rows an introspection field returns.
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
