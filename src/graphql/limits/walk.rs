//! One walk over a parsed document. A fragment is walked once, however often it is spread; what it counts for is added wherever
//! it is. Numbers saturate.

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

/// What an operation may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Rows that it could be answered with.
    pub nodes: u64,
    /// Values that could be written: each field once a row; and what fields take of the database beside them.
    pub points: u64,
    /// Of those, the ones that count as written: introspection does not say how many it wrote.
    pub fixed: u64,
    /// Of those, the ones for the items of the lists that a mutation is given: they were looked at, whatever came of it.
    pub given: u64,
    /// Whether somebody signs in.
    pub signs_in: bool,
    /// How many sessions are refreshed.
    pub refreshes: u64,
    /// How many passwords are changed or given.
    pub passwords: u64,
}

/// What a selection asks for. A connection's selection asks for some of it once a row of the page, and only the field that the
/// connection stands in says how many rows those are.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    depth: u64,
    nesting: u64,
    fields: u64,
    /// Fields of the selection itself.
    own: u64,
    nodes: u64,
    points: u64,
    nodes_a_row: u64,
    points_a_row: u64,
    /// Points for what fields take of the database: once for each place in the document, whatever the rows.
    work: u64,
    /// Of the selection's own fields, those that a request may have but once.
    once: u64,
    /// Of the selection's own fields, those that refresh a session.
    refreshes: u64,
    /// Of the selection's own fields, those that change or give a password.
    passwords: u64,
    /// Points of introspection, of the selection's own fields.
    fixed: u64,
    /// Points of what mutations are given, of the selection's own fields.
    given: u64,
}

impl Asked {
    /// Both, one beside the other.
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
    /// What a field asks for, of whose selection this is what it asks for.
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

/// Measures a document, of which one operation is to be executed.
///
/// # Errors
/// QUERY_TOO_COMPLEX where a limit is exceeded; BAD_USER_INPUT for a second sign-in; a fragment that contains itself, and fields that do not exist, where there are
/// too many of them for the validation to look at.
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
    // Validation looks at all operations, and at fragments that nobody spreads.
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

/// Names that a selection has in the answer so far, each with the type that a fragment narrows it to.
type Keys<'a> = HashSet<(Option<&'a str>, &'a str)>;

/// As many values of introspection are a point: they are read from memory.
const IN_MEMORY: u64 = 100;

/// The points of an item of a list that a mutation is given: it is checked, looked up, written.
const AN_ITEM: u64 = 10;

/// No field's name is as long as this, nor similar to one that is.
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
    /// What a fragment asks for. `above` are the selections around it.
    fn fragment(&mut self, name: &'a Name, above: u64) -> Walked {
        if let Some(done) = self.done.get(name) {
            return Ok(*done);
        }
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Asked::default()) };
        if !self.under_way.insert(name) {
            // In the words of the validation, which it does not come to.
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
        // Before it is walked: the walk itself recurses.
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
    /// What the schema says of a field. One that does not exist is for the validation to tell, but not any number of them, and
    /// none of any length: it looks for similar names.
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
