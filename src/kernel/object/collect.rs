//! Which fields a document asks for at a place: CollectFields of the specification, over all selections that are merged there.
//! Arguments with their variables; what is skipped was already taken out by async-graphql.

use std::collections::HashSet;

use async_graphql::{
    Pos, Positioned, Value,
    context::QueryEnv,
    indexmap::IndexMap,
    parser::types::{Field, Selection, SelectionSet},
};
use async_graphql_value::Value as Written;

/// Selections that are merged at one place.
pub type Sets<'a> = Vec<&'a SelectionSet>;
/// Response key to fields, in order.
pub type Collected<'a> = IndexMap<&'a str, Vec<&'a Positioned<Field>>>;

/// A document under execution.
#[derive(Clone, Copy)]
pub struct Document<'a> {
    env: &'a QueryEnv,
}

/// What is selected below some fields with the same response key.
pub fn below<'a>(fields: &[&'a Positioned<Field>]) -> Sets<'a> {
    fields.iter().map(|f| &f.node.selection_set.node).collect()
}

impl<'a> Document<'a> {
    /// The document of a request.
    pub fn new(env: &'a QueryEnv) -> Self {
        Document { env }
    }
    /// The fields selected for a type, through fragments whose condition holds for it.
    pub fn collect(&self, sets: &[&'a SelectionSet], holds: &dyn Fn(&str) -> bool) -> Collected<'a> {
        let mut out = IndexMap::new();
        let mut seen = HashSet::new();
        for set in sets {
            self.collect_set(set, holds, &mut seen, &mut out);
        }
        out
    }
    fn collect_set(
        &self,
        set: &'a SelectionSet,
        holds: &dyn Fn(&str) -> bool,
        seen: &mut HashSet<&'a str>,
        out: &mut Collected<'a>,
    ) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => out.entry(field.node.response_key().node.as_str()).or_default().push(field),
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    if let Some(fragment) = self.env.fragments.get(name)
                        && seen.insert(name)
                        && holds(fragment.node.type_condition.node.on.node.as_str())
                    {
                        self.collect_set(&fragment.node.selection_set.node, holds, seen, out);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if condition.is_none_or(|c| holds(c.node.on.node.as_str())) {
                        self.collect_set(&fragment.node.selection_set.node, holds, seen, out);
                    }
                }
            }
        }
    }
    /// Every selection that the document merges at a response path, and where the first of them stands.
    pub fn at(&self, path: &[&str]) -> (Sets<'a>, Pos) {
        let mut sets = vec![&self.env.operation.node.selection_set.node];
        let mut pos = Pos::default();
        for key in path {
            let fields = self.collect(&sets, &|_| true).swap_remove(*key).unwrap_or_default();
            pos = fields.first().map(|f| f.pos).unwrap_or_default();
            sets = below(&fields);
        }
        (sets, pos)
    }
    /// A field's arguments. One whose variable was omitted and has no default is omitted too.
    pub fn arguments(&self, field: &Field) -> Value {
        let given =
            field.arguments.iter().filter_map(|(name, value)| Some((name.node.clone(), self.value(&value.node)?)));
        Value::Object(given.collect())
    }
    fn value(&self, written: &Written) -> Option<Value> {
        Some(match written {
            Written::Variable(name) => {
                return self.env.variables.get(name).cloned().or_else(|| {
                    let definitions = &self.env.operation.node.variable_definitions;
                    let definition = definitions.iter().find(|d| d.node.name.node == *name)?;
                    definition.node.default_value.as_ref().map(|v| v.node.clone())
                });
            }
            Written::List(items) => Value::List(items.iter().map(|v| self.value(v).unwrap_or_default()).collect()),
            Written::Object(fields) => {
                Value::Object(fields.iter().filter_map(|(k, v)| Some((k.clone(), self.value(v)?))).collect())
            }
            constant => constant.clone().into_const()?,
        })
    }
}
