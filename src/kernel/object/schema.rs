//! Declarations as async-graphql's registry wants them. From there the SDL, introspection and validation follow.

use async_graphql::registry::{MetaField, MetaType, ObjectBuilder, Registry};

use super::declare::{FieldDef, Interface, NODE, Object, Ref, Union, noun::Noun};

/// Registers a noun's type; answers its name.
pub fn registered<T: Noun>(registry: &mut Registry) -> String {
    register(T::object(), registry)
}

pub(super) fn field(name: &str, doc: &str, ty: String) -> MetaField {
    let mut field = MetaField::new(name, ty);
    field.description = Some(doc.to_owned());
    field
}

pub(super) fn object(registry: &mut Registry, name: &str, doc: &str, fields: Vec<MetaField>) {
    let fields = fields.into_iter().map(|f| (f.name.clone(), f)).collect();
    let built = ObjectBuilder::new(name, fields).description(Some(doc.to_owned())).build();
    registry.types.insert(name.to_owned(), built);
}

pub(super) fn declared(def: &FieldDef, registry: &mut Registry) -> MetaField {
    let mut ty = (def.ty)(registry);
    if !def.null {
        ty.push('!');
    }
    let doc = match def.only {
        Some(_) => format!("{} Null for those who may not know.", def.doc),
        None => def.doc.to_owned(),
    };
    let mut field = field(def.name, &doc, ty);
    for inputs in &def.args {
        field.args.extend(inputs(registry));
    }
    field
}

/// Registers a type and all that its fields lead to; answers its name.
pub fn register(of: &'static Object, registry: &mut Registry) -> String {
    if !registry.types.contains_key(of.name) {
        // The name first: a type may lead back to itself.
        object(registry, of.name, of.doc, vec![]);
        let fields = of.fields.values().map(|def| declared(def, registry)).collect();
        object(registry, of.name, of.doc, fields);
        for interface in &of.interfaces {
            implement(of.name, interface, registry);
        }
    }
    of.name.to_owned()
}

fn implement(name: &str, of: &'static Interface, registry: &mut Registry) {
    registry.add_implements(name, of.name);
    interface(of, registry);
    if let Some(MetaType::Interface { possible_types, .. }) = registry.types.get_mut(of.name) {
        possible_types.insert(name.to_owned());
    }
}

/// Registers an interface; answers its name.
pub fn interface(of: &'static Interface, registry: &mut Registry) -> String {
    registry.types.entry(of.name.to_owned()).or_insert_with(|| MetaType::Interface {
        name: of.name.to_owned(),
        description: Some(of.doc.to_owned()),
        fields: of.fields.iter().map(|(n, d, t)| ((*n).to_owned(), field(n, d, (*t).to_owned()))).collect(),
        possible_types: Default::default(),
        extends: false,
        keys: None,
        visible: None,
        inaccessible: false,
        tags: vec![],
        rust_typename: None,
        directive_invocations: vec![],
        requires_scopes: vec![],
    });
    of.name.to_owned()
}

/// Registers types that have a global id, and the interface of them all; answers its name.
pub fn nodes(members: &'static [Ref], registry: &mut Registry) -> String {
    for member in members {
        register(member(), registry);
    }
    interface(&NODE, registry)
}

/// Registers a union and its members; answers its name.
pub fn union(of: &'static Union, registry: &mut Registry) -> String {
    if !registry.types.contains_key(of.name) {
        let members = of.members.iter().map(|member| member().name.to_owned()).collect();
        registry.types.insert(
            of.name.to_owned(),
            MetaType::Union {
                name: of.name.to_owned(),
                description: Some(of.doc.to_owned()),
                possible_types: members,
                visible: None,
                inaccessible: false,
                tags: vec![],
                rust_typename: None,
                directive_invocations: vec![],
            },
        );
        for member in of.members {
            register(member(), registry);
        }
    }
    of.name.to_owned()
}

/// Registers the connection of a noun; answers its name.
pub fn connection<T: Noun>(registry: &mut Registry) -> String {
    connection_of(T::object(), vec![], registry)
}

/// Registers the connection of a noun that is read as a feed, whose rows are counted only so far; answers its name.
pub fn feed<T: Noun>(registry: &mut Registry) -> String {
    let more = field(
        "totalCountIsAtLeast",
        "Whether there may be more rows than `totalCount` says, because the list is too long to be counted (tổng số chỉ là tối thiểu).",
        "Boolean!".to_owned(),
    );
    connection_of(T::object(), vec![more], registry)
}

fn connection_of(of: &'static Object, more: Vec<MetaField>, registry: &mut Registry) -> String {
    let (name, edge) = (format!("{}Connection", of.name), format!("{}Edge", of.name));
    if registry.types.contains_key(&name) {
        return name;
    }
    let of_what = of.name;
    let cursor = <crate::kernel::scalar::Cursor as super::Leaf>::register(registry);
    let mut fields = vec![
        field("nodes", "The rows of this page (các dòng).", format!("[{of_what}!]!")),
        field("edges", "The rows of this page, each with its cursor.", format!("[{edge}!]!")),
        field("pageInfo", "Where this page lies in the list (thông tin trang).", "PageInfo!".to_owned()),
        field(
            "totalCount",
            "How many rows the whole list has (tổng số). Counted only when it is asked for.",
            "Int!".to_owned(),
        ),
    ];
    fields.extend(more);
    object(registry, &name, &format!("A page of a list of {of_what}."), fields);
    let fields = vec![
        field("cursor", "The place of the row in the list.", format!("{cursor}!")),
        field("node", "The row.", format!("{of_what}!")),
    ];
    object(registry, &edge, &format!("A {of_what} in a list, and its place there."), fields);
    let fields = vec![
        field("hasNextPage", "Whether rows follow this page (còn trang sau).", "Boolean!".to_owned()),
        field("hasPreviousPage", "Whether rows precede this page (còn trang trước).", "Boolean!".to_owned()),
        field("startCursor", "The place of the first row; null when the page is empty.", cursor.clone()),
        field("endCursor", "The place of the last row; null when the page is empty.", cursor),
    ];
    object(registry, "PageInfo", "Where a page lies in its list (thông tin trang).", fields);
    register(of, registry);
    name
}
