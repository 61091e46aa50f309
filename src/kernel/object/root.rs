//! The root type: the list of its fields, declared like any other, and answered one by one.

use std::{
    any::{Any, TypeId},
    borrow::Cow,
    collections::HashMap,
    marker::PhantomData,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use async_graphql::{
    ContainerType, Context, ContextSelectionSet, ID, InputObject, ObjectType, OutputType, Positioned, ServerResult,
    Value,
    indexmap::IndexMap,
    parser::types::Field,
    registry::{MetaField, Registry},
};
use sea_orm::{QueryTrait, Select, sea_query::SelectStatement};

use super::{
    GlobalId,
    answer::Place,
    declare::{
        Given, Inputs, Link, Loading, Made, NodeRef, PageGiven, Parse, Reach, Ref,
        args::{Args, feed_inputs, inputs, page_inputs, parse, parse_feed, parse_page},
        noun::Noun,
        project::given,
        shape::Shape,
    },
    schema,
};
use crate::kernel::{
    error::{Broken, Refusal, Result},
    locale::Message,
    op::Op,
    page::{Listing, MOST, Order},
    policy::Action,
};

enum Root {
    One(Ref, Box<dyn Fn(&Op, &Given) -> Result<SelectStatement> + Send + Sync>),
    List(Ref, Order, Box<dyn Fn(&Op, &Given) -> Result<SelectStatement> + Send + Sync>),
    Page(Ref),
    Feed(Ref, Kept, Reach, Reach),
    Made(Ref, Make),
    MadeList(Ref, Make),
    Node(&'static [Ref]),
    Nodes(&'static [Ref]),
}

type Make = Box<dyn for<'a> Fn(&'a Op, &'a Given) -> Loading<'a, Vec<Made>> + Send + Sync>;

/// Whether everything is still there that came after the row with a key.
type Kept = for<'a> fn(&'a Op, i64) -> Loading<'a, bool>;

struct RootField {
    doc: &'static str,
    null: bool,
    ty: Box<dyn Fn(&mut Registry) -> String + Send + Sync>,
    args: Vec<Inputs>,
    parse: Parse,
    asks: Option<Action>,
    root: Root,
}

/// The fields of the root type, under way.
#[derive(Default)]
pub struct Roots {
    fields: IndexMap<&'static str, RootField>,
    faults: Vec<String>,
}

fn chosen<A: Args, T: Noun>(
    choose: fn(&Op, &A) -> Select<T>,
) -> Box<dyn Fn(&Op, &Given) -> Result<SelectStatement> + Send + Sync> {
    Box::new(move |op, given| {
        let mut query = choose(op, self::given::<A>(given)?).into_query();
        query.clear_selects();
        Ok(query)
    })
}

fn making<S: Shape, A: Args>(
    make: impl for<'a> Fn(&'a Op, &'a A) -> Loading<'a, Vec<S>> + Send + Sync + 'static,
) -> Make {
    Box::new(move |op, args| match given::<A>(args) {
        Err(e) => Box::pin(async move { Err(e) }),
        Ok(args) => {
            let values = make(op, args);
            Box::pin(async move { Ok(values.await?.into_iter().map(|value| Arc::new(value) as Made).collect()) })
        }
    })
}

impl Roots {
    fn add(mut self, name: &'static str, field: RootField) -> Self {
        if self.fields.insert(name, field).is_some() {
            self.faults.push(format!("Query.{name} is declared twice"));
        }
        self
    }
    /// At most one row.
    pub fn one<T: Noun, A: Args>(
        self,
        name: &'static str,
        doc: &'static str,
        choose: fn(&Op, &A) -> Select<T>,
    ) -> Self {
        self.add(
            name,
            RootField {
                doc,
                null: true,
                ty: Box::new(schema::registered::<T>),
                args: vec![inputs::<A>],
                parse: parse::<A>(),
                asks: None,
                root: Root::One(T::object, chosen(choose)),
            },
        )
    }
    /// All of a few rows, in an order.
    pub fn list<T: Noun, A: Args>(
        self,
        name: &'static str,
        doc: &'static str,
        order: Order,
        choose: fn(&Op, &A) -> Select<T>,
    ) -> Self {
        self.add(
            name,
            RootField {
                doc,
                null: false,
                ty: Box::new(|r| format!("[{}!]", schema::registered::<T>(r))),
                args: vec![inputs::<A>],
                parse: parse::<A>(),
                asks: None,
                root: Root::List(T::object, order, chosen(choose)),
            },
        )
    }
    /// A page of what the caller may see.
    pub fn page<T: Noun, A: Listing>(self, name: &'static str, doc: &'static str) -> Self {
        self.add(
            name,
            RootField {
                doc,
                null: false,
                ty: Box::new(schema::connection::<T>),
                args: page_inputs::<A>(),
                parse: parse_page::<A>(None::<fn(&A) -> Link>),
                asks: None,
                root: Root::Page(T::object),
            },
        )
    }
    /// A feed of what the caller may see, in the order of its keys: read from where one has read it to. What was `kept` no
    /// longer cannot be read on from. A page goes through no more rows than it may `reach`, however few of them it shows, and a
    /// total through no more than it `counts`.
    pub fn feed<T: Noun, A: Listing>(
        self,
        name: &'static str,
        doc: &'static str,
        kept: Kept,
        reach: Reach,
        counts: Reach,
    ) -> Self {
        self.add(
            name,
            RootField {
                doc,
                null: false,
                ty: Box::new(schema::feed::<T>),
                args: feed_inputs::<A>(),
                parse: parse_feed::<A>(),
                asks: None,
                root: Root::Feed(T::object, kept, reach, counts),
            },
        )
    }
    /// A computed value.
    pub fn made<S: Shape, A: Args>(
        self,
        name: &'static str,
        doc: &'static str,
        make: for<'a> fn(&'a Op, &'a A) -> Loading<'a, S>,
    ) -> Self {
        let make = making(move |op, args: &A| {
            let value = make(op, args);
            Box::pin(async move { Ok(vec![value.await?]) })
        });
        self.computed::<S, A>(name, doc, |of| of, Root::Made(S::object, make))
    }
    /// A list of computed values.
    pub fn made_list<S: Shape, A: Args>(
        self,
        name: &'static str,
        doc: &'static str,
        make: for<'a> fn(&'a Op, &'a A) -> Loading<'a, Vec<S>>,
    ) -> Self {
        self.computed::<S, A>(name, doc, |of| format!("[{of}!]"), Root::MadeList(S::object, making(make)))
    }
    fn computed<S: Shape, A: Args>(
        self,
        name: &'static str,
        doc: &'static str,
        ty: fn(String) -> String,
        root: Root,
    ) -> Self {
        self.add(
            name,
            RootField {
                doc,
                null: false,
                ty: Box::new(move |r| ty(schema::register(S::object(), r))),
                args: vec![inputs::<A>],
                parse: parse::<A>(),
                asks: None,
                root,
            },
        )
    }
    /// Only for those who may do this; everybody else is told so.
    pub fn asks(mut self, action: Action) -> Self {
        if let Some((_, field)) = self.fields.last_mut() {
            field.asks = Some(action);
        }
        self
    }
    /// `node` and `nodes`: whatever has a global id.
    pub fn nodes(self, members: &'static [Ref]) -> Self {
        let ty = move |registry: &mut Registry| schema::nodes(members, registry);
        self.add("node", RootField {
            doc: "Anything by its global id; null when there is no such record or the caller may not see it (tra theo định danh).",
            null: true,
            ty: Box::new(ty),
            args: vec![inputs::<NodeArgs>],
            parse: parse::<NodeArgs>(),
            asks: None,
            root: Root::Node(members),
        })
        .add("nodes", RootField {
            doc: "Several of them, at most 200, in the order of their ids (tra theo nhiều định danh).",
            null: false,
            ty: Box::new(move |r| format!("[{}]", ty(r))),
            args: vec![inputs::<NodesArgs>],
            parse: parse::<NodesArgs>(),
            asks: None,
            root: Root::Nodes(members),
        })
    }
}

#[derive(InputObject)]
struct NodeArgs {
    /// The global id.
    id: ID,
}

impl Args for NodeArgs {}

#[derive(InputObject)]
struct NodesArgs {
    /// The global ids, at most 200.
    ids: Vec<ID>,
}

impl Args for NodesArgs {
    fn settle(&mut self, _: &Op) -> std::result::Result<(), Refusal> {
        let most = usize::try_from(MOST).unwrap_or_default();
        if self.ids.len() > most {
            return Err(Refusal::field(
                "ids",
                "OUT_OF_RANGE",
                Message::new(format!("`ids` có nhiều nhất {MOST} mục."), format!("`ids` has at most {MOST} items.")),
            ));
        }
        Ok(())
    }
}

fn referred(id: &ID) -> Option<NodeRef> {
    GlobalId::decode(id).map(|found| NodeRef { of: found.of.into(), id: found.id })
}

/// A root type: the list of its fields.
pub trait RootType: Any + Send + Sync {
    /// Its name in the schema.
    const NAME: &'static str;
    /// Its description.
    const DOC: &'static str;
    /// Its fields.
    fn declare(roots: Roots) -> Roots;
}

/// The root type as async-graphql takes it.
pub struct Rooted<Q>(PhantomData<Q>);

impl<Q: RootType> Rooted<Q> {
    /// The root.
    pub fn new() -> Self {
        Rooted(PhantomData)
    }
    fn roots() -> &'static Roots {
        static ALL: OnceLock<Mutex<HashMap<TypeId, &'static Roots>>> = OnceLock::new();
        let mut all = ALL.get_or_init(Default::default).lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(TypeId::of::<Q>()).or_insert_with(|| Box::leak(Box::new(Q::declare(Roots::default()))))
    }
    /// What is wrong with the declaration, if anything.
    ///
    /// # Errors
    /// All faults at once.
    pub fn check() -> Result<()> {
        let faults = &Self::roots().faults;
        if faults.is_empty() { Ok(()) } else { Err(Broken::new(faults.join("; ")).into()) }
    }
    /// Its fields, with their descriptions.
    pub fn field_names() -> Vec<&'static str> {
        Self::roots().fields.keys().copied().collect()
    }
}

impl<Q: RootType> Default for Rooted<Q> {
    fn default() -> Self {
        Self::new()
    }
}

impl<Q: RootType> OutputType for Rooted<Q> {
    fn type_name() -> Cow<'static, str> {
        Q::NAME.into()
    }
    fn create_type_info(registry: &mut Registry) -> String {
        if !registry.types.contains_key(Q::NAME) {
            schema::object(registry, Q::NAME, Q::DOC, vec![]);
            let field = |(name, root): (&&str, &RootField), registry: &mut Registry| -> MetaField {
                let mut ty = (root.ty)(registry);
                if !root.null {
                    ty.push('!');
                }
                let mut field = schema::field(name, root.doc, ty);
                for inputs in &root.args {
                    field.args.extend(inputs(registry));
                }
                field
            };
            let fields = Self::roots().fields.iter().map(|f| field(f, registry)).collect();
            schema::object(registry, Q::NAME, Q::DOC, fields);
        }
        format!("{}!", Q::NAME)
    }
    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        async_graphql::resolver_utils::resolve_container(ctx, self).await
    }
}

impl<Q: RootType> ContainerType for Rooted<Q> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        let field = ctx.item;
        let Some(root) = Self::roots().fields.get(field.node.name.node.as_str()) else {
            return Ok(None);
        };
        let Some(place) = Place::find(ctx.data_opt::<Op>(), ctx.query_env, ctx.path_node, field)? else {
            return Ok(Some(Value::Null));
        };
        let answer = async {
            let op = place.planner.op;
            if let Some(action) = root.asks {
                op.may(action)?;
            }
            let given = (root.parse)(place.planner.document.arguments(&field.node), op)?;
            let wrong = || Broken::new("arguments of another field");
            match &root.root {
                Root::One(to, choose) => place.one(to(), choose(op, &given)?).await,
                Root::List(to, order, choose) => place.list(to(), choose(op, &given)?, order).await.map(Some),
                Root::Page(to) => {
                    let given = given.downcast_ref::<PageGiven>().ok_or_else(wrong)?;
                    place.page(to(), given, (to().visible)(op), None, None).await.map(Some)
                }
                Root::Feed(to, kept, reach, counts) => {
                    let given = given.downcast_ref::<PageGiven>().ok_or_else(wrong)?;
                    let after = given.paging.after_key(to().name)?;
                    if let Some(key) = after
                        && !kept(op, key).await?
                    {
                        return Err(Refusal::cursor_expired().into());
                    }
                    let until = reach(op, after.unwrap_or_default()).await?;
                    place.page(to(), given, (to().visible)(op), until, Some(*counts)).await.map(Some)
                }
                Root::Made(to, make) => place.made(to(), make(op, &given).await?.pop()).await,
                Root::MadeList(to, make) => place.made_list(to(), make(op, &given).await?).await.map(Some),
                Root::Node(members) => {
                    let args = given.downcast_ref::<NodeArgs>().ok_or_else(wrong)?;
                    place.nodes(members, vec![referred(&args.id)], true).await.map(Some)
                }
                Root::Nodes(members) => {
                    let args = given.downcast_ref::<NodesArgs>().ok_or_else(wrong)?;
                    place.nodes(members, args.ids.iter().map(referred).collect(), false).await.map(Some)
                }
            }
        };
        let answer = answer.await;
        place.finish(ctx.query_env, root.null, answer).map(Some)
    }
}

impl<Q: RootType> ObjectType for Rooted<Q> {}
