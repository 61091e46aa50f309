//! Measures a parsed document in one walk. A fragment is walked once, and its result is added wherever it is spread.
//! Sums saturate.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Positioned, ServerError, Variables,
    parser::types::{Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet},
    registry::{MetaField, MetaType, MetaTypeName, Registry},
};

use super::{
    items::Items,
    prices,
    sizes::{self, Lists, Size},
};
use crate::{
    graphql::request::refused,
    identity::graphql::{PASSWORDS, REFRESH, SIGN_IN},
    kernel::{
        error::{Code, Refusal},
        limits::{Limit, Limits},
        locale::Message,
    },
};

/// The most that an operation can cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Rows that it can return.
    pub nodes: u64,
    /// Points: one for each field of each row that can be returned, and the prices of database work.
    pub points: u64,
    /// Points of introspection. They are charged in full, because the number of returned values is not counted for
    /// introspection.
    pub fixed: u64,
    /// Points for the items of lists in a mutation's arguments. They are charged in full, because the items are
    /// processed even if the mutation fails.
    pub given: u64,
    /// Whether the operation signs in.
    pub signs_in: bool,
    /// How many sessions it refreshes.
    pub refreshes: u64,
    /// How many of its fields change or set a password.
    pub passwords: u64,
}

/// The measure of a selection. Inside a connection, part of it is for each row of the page; only the field that returns
/// the connection knows how many rows those are.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    depth: u64,
    nesting: u64,
    fields: u64,
    /// Fields directly in the selection.
    own: u64,
    nodes: u64,
    points: u64,
    nodes_a_row: u64,
    points_a_row: u64,
    /// Points for database work: once for each occurrence in the document, whatever the number of rows.
    work: u64,
    /// Sign-ins directly in the selection; a request may have one.
    once: u64,
    /// Fields directly in the selection that refresh a session.
    refreshes: u64,
    /// Fields directly in the selection that change or set a password.
    passwords: u64,
    /// Points of introspection directly in the selection.
    fixed: u64,
    /// Points for the arguments of mutations directly in the selection.
    given: u64,
}

impl Asked {
    /// The measure of two selections side by side.
    fn beside(self, other: Asked) -> Asked {
        Asked {
            depth: self.depth.max(other.depth),
            nesting: self.nesting.max(other.nesting),
            fields: self.fields.saturating_add(other.fields),
            own: self.own.saturating_add(other.own),
            nodes: self.nodes.saturating_add(other.nodes),
            points: self.points.saturating_add(other.points),
            nodes_a_row: self.nodes_a_row.saturating_add(other.nodes_a_row),
            points_a_row: self.points_a_row.saturating_add(other.points_a_row),
            work: self.work.saturating_add(other.work),
            once: self.once.saturating_add(other.once),
            refreshes: self.refreshes.saturating_add(other.refreshes),
            passwords: self.passwords.saturating_add(other.passwords),
            fixed: self.fixed.saturating_add(other.fixed),
            given: self.given.saturating_add(other.given),
        }
    }
    /// The measure of a field, given that of its selection.
    fn field(self, size: Size, deep: u64) -> Asked {
        let asked = Asked {
            depth: self.depth.saturating_add(deep),
            nesting: self.nesting.saturating_add(1),
            fields: self.fields.saturating_add(1),
            own: 1,
            nodes: self.nodes,
            points: self.points.saturating_add(1),
            nodes_a_row: 0,
            points_a_row: 0,
            work: self.work,
            once: 0,
            refreshes: 0,
            passwords: 0,
            fixed: 0,
            given: 0,
        };
        match size {
            Size::Rows(rows) => Asked {
                nodes: self.nodes.saturating_add(1).saturating_mul(rows),
                points: self.points.saturating_mul(rows).saturating_add(1),
                ..asked
            },
            Size::Page(rows) => Asked {
                nodes: self.nodes_a_row.saturating_mul(rows).saturating_add(self.nodes),
                points: self.points_a_row.saturating_mul(rows).saturating_add(asked.points),
                ..asked
            },
            Size::RowsOfThePage => Asked {
                nodes: 0,
                points: 1,
                nodes_a_row: self.nodes.saturating_add(1),
                points_a_row: self.points,
                ..asked
            },
            Size::EdgesOfThePage => {
                Asked { nodes: 0, points: 1, nodes_a_row: self.nodes, points_a_row: self.points, ..asked }
            }
            Size::Part => asked,
        }
    }
}

/// Measures a document and the operation in it that will be executed.
///
/// # Errors
/// QUERY_TOO_COMPLEX for an exceeded limit; BAD_USER_INPUT for a second sign-in; an error for a fragment that contains
/// itself, and for more unknown fields than validation should process.
pub fn measure<'a>(
    registry: &'a Registry,
    document: &'a ExecutableDocument,
    operation: &'a Positioned<OperationDefinition>,
    variables: &'a Variables,
    limits: &'a Limits,
) -> Result<Cost, Vec<ServerError>> {
    let mut walk = Walk {
        registry,
        document,
        variables,
        limits,
        lists: Lists::of(registry),
        items: Items::of(variables),
        done: HashMap::new(),
        under_way: HashSet::new(),
        aliases: 0,
        directives: 0,
        repeated: 0,
        unknown: vec![],
    };
    // Measure all operations, and fragments that are not used: validation processes them too.
    let mut all = Asked::default();
    let mut cost = Cost { nodes: 0, points: 0, fixed: 0, given: 0, signs_in: false, refreshes: 0, passwords: 0 };
    for (_, one) in document.operations.iter() {
        let asked = walk.operation(one)?;
        walk.hold(Limit::RootFields, asked.own)?;
        if asked.once > 1 {
            return Err(vec![refused(Refusal::new(
                Code::BadUserInput,
                Message::new("Mỗi yêu cầu chỉ được đăng nhập một lần.", "One sign-in a request."),
            ))]);
        }
        if std::ptr::eq(one, operation) {
            let Asked { nodes, points, work, fixed, given, once, refreshes, passwords, .. } = asked;
            let points = points.saturating_add(work);
            cost = Cost { nodes, points, fixed, given, signs_in: once > 0, refreshes, passwords };
        }
        all = all.beside(asked);
    }
    for name in document.fragments.keys() {
        if !walk.done.contains_key(name) {
            all = all.beside(walk.fragment(name, 0)?);
        }
    }
    walk.hold(Limit::Nesting, all.nesting)?;
    walk.hold(Limit::Depth, all.depth)?;
    walk.hold(Limit::Aliases, walk.aliases)?;
    walk.hold(Limit::Directives, walk.directives)?;
    walk.hold(Limit::RepeatedFields, walk.repeated)?;
    walk.hold(Limit::Fields, all.fields)?;
    walk.hold(Limit::Nodes, cost.nodes)?;
    Ok(cost)
}

struct Walk<'a> {
    registry: &'a Registry,
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    limits: &'a Limits,
    lists: Lists,
    items: Items<'a>,
    done: HashMap<&'a Name, Asked>,
    under_way: HashSet<&'a Name>,
    aliases: u64,
    directives: u64,
    repeated: u64,
    unknown: Vec<ServerError>,
}

/// Response keys in a selection so far, each with the type condition of the inline fragment around it.
type Keys<'a> = HashSet<(Option<&'a str>, &'a str)>;

/// Introspection is read from memory, so this many values cost one point.
const IN_MEMORY: u64 = 100;

/// The points of a list item in a mutation's arguments, which is checked, looked up and written.
const AN_ITEM: u64 = 10;

/// Longer than any field name. Validation compares an unknown name with all known ones, so a longer name is rejected
/// without it.
const LONGEST: usize = 200;

/// What a selection is made on.
#[derive(Clone, Copy)]
enum On<'a> {
    Type(&'a str),
    /// A type of introspection.
    Schema,
}

type Walked = Result<Asked, Vec<ServerError>>;

impl<'a> Walk<'a> {
    fn hold(&self, limit: Limit, asked: u64) -> Result<(), Vec<ServerError>> {
        self.limits.hold(limit, asked).map_err(|refusal: Refusal| vec![refused(refusal)])
    }
    fn operation(&mut self, operation: &'a Positioned<OperationDefinition>) -> Walked {
        use async_graphql::parser::types::OperationType::{Mutation, Query, Subscription};
        self.directives(&operation.node.directives);
        for variable in &operation.node.variable_definitions {
            self.directives(&variable.node.directives);
        }
        let root = match operation.node.ty {
            Query => Some(&self.registry.query_type),
            Mutation => self.registry.mutation_type.as_ref(),
            Subscription => self.registry.subscription_type.as_ref(),
        };
        let on = On::Type(root.map_or("", String::as_str));
        self.set(&operation.node.selection_set.node, on, None, &mut Keys::new(), 0)
    }
    fn directives(&mut self, directives: &[Positioned<Directive>]) {
        self.directives = self.directives.saturating_add(count(directives.len()));
    }
    /// Measures a fragment. `above` is the number of selections around it.
    fn fragment(&mut self, name: &'a Name, above: u64) -> Walked {
        if let Some(done) = self.done.get(name) {
            return Ok(*done);
        }
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Asked::default()) };
        if !self.under_way.insert(name) {
            // Validation is not reached, so use its message.
            return Err(vec![ServerError::new(format!("Cannot spread fragment \"{name}\""), Some(fragment.pos))]);
        }
        self.directives(&fragment.node.directives);
        let on = fragment.node.type_condition.node.on.node.as_str();
        let on = if on.starts_with("__") { On::Schema } else { On::Type(on) };
        let asked = self.set(&fragment.node.selection_set.node, on, None, &mut Keys::new(), above)?;
        self.under_way.remove(name);
        self.done.insert(name, asked);
        Ok(asked)
    }
    fn set(
        &mut self,
        set: &'a SelectionSet,
        on: On<'a>,
        narrowed: Option<&'a str>,
        keys: &mut Keys<'a>,
        above: u64,
    ) -> Walked {
        // Check the nesting before recursing, or a deep document would overflow the stack.
        self.hold(Limit::Nesting, above)?;
        let mut asked = Asked::default();
        for selection in &set.items {
            self.directives(selection.node.directives());
            asked = asked.beside(match &selection.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.as_str();
                    if !keys.insert((narrowed, key)) {
                        self.repeated = self.repeated.saturating_add(1);
                    }
                    self.field(field, on, above)?
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref().map(|c| c.node.on.node.as_str());
                    let on = match (on, condition) {
                        (On::Type(_), Some(condition)) => On::Type(condition),
                        (on, _) => on,
                    };
                    let narrowed = condition.or(narrowed);
                    let inside = self.set(&inline.node.selection_set.node, on, narrowed, keys, above + 1)?;
                    Asked { nesting: inside.nesting.saturating_add(1), ..inside }
                }
                Selection::FragmentSpread(spread) => {
                    let inside = self.fragment(&spread.node.fragment_name.node, above + 1)?;
                    Asked { nesting: inside.nesting.saturating_add(1), ..inside }
                }
            });
        }
        Ok(asked)
    }
    fn field(&mut self, field: &'a Positioned<Field>, on: On<'a>, above: u64) -> Walked {
        if field.node.alias.is_some() {
            self.aliases = self.aliases.saturating_add(1);
        }
        let name = field.node.name.node.as_str();
        let (below, size, deep) = match on {
            On::Schema => (On::Schema, self.lists.size(name), 0),
            On::Type(_) if name.starts_with("__") => (On::Schema, Size::Part, 1),
            On::Type(parent) => {
                let meta = self.meta(field, parent)?;
                let below = meta.map_or("", |meta| MetaTypeName::concrete_typename(&meta.ty));
                let size =
                    meta.map_or(Size::Part, |meta| sizes::of(self.registry, parent, meta, &field.node, self.variables));
                (On::Type(below), size, 1)
            }
        };
        let changes = match on {
            On::Type(parent) => self.registry.mutation_type.as_deref() == Some(parent),
            On::Schema => false,
        };
        let given = match changes {
            true => self.items.of_field(&field.node).saturating_mul(AN_ITEM),
            false => 0,
        };
        let inside = &field.node.selection_set.node;
        let asked = match inside.items.is_empty() {
            true => Asked::default().field(Size::Part, deep),
            false => self.set(inside, below, None, &mut Keys::new(), above + 1)?.field(size, deep),
        };
        let introspects = matches!((on, below), (On::Type(_), On::Schema));
        let points = if introspects { asked.points.div_ceil(IN_MEMORY) } else { asked.points };
        let price = match on {
            On::Type(parent) => prices::of(parent, &field.node, self.variables),
            On::Schema => 0,
        };
        Ok(Asked {
            once: (changes && name == SIGN_IN).into(),
            refreshes: (changes && name == REFRESH).into(),
            passwords: (changes && PASSWORDS.contains(&name)).into(),
            points: points.saturating_add(given).saturating_add(price / prices::OF_A_ROW),
            work: asked.work.saturating_add(price),
            fixed: if introspects { points } else { 0 },
            given,
            ..asked
        })
    }
    /// The field's definition in the schema. Validation reports unknown fields, but it compares each with all names of
    /// the type, so too many of them, or too long ones, are rejected here.
    fn meta(
        &mut self,
        field: &'a Positioned<Field>,
        parent: &'a str,
    ) -> Result<Option<&'a MetaField>, Vec<ServerError>> {
        let Some(of) = self.registry.types.get(parent) else { return Ok(None) };
        let name = &field.node.name.node;
        let meta = of.field_by_name(name);
        if meta.is_none() && matches!(of, MetaType::Object { .. } | MetaType::Interface { .. }) {
            let what = format!("Unknown field \"{name}\" on type \"{parent}\".");
            self.unknown.push(ServerError::new(what, Some(field.pos)));
            if name.len() > LONGEST || count(self.unknown.len()) > self.limits.of(Limit::Errors).into() {
                return Err(std::mem::take(&mut self.unknown));
            }
        }
        Ok(meta)
    }
}

fn count(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}
