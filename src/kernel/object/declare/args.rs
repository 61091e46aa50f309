//! The arguments of fields: read from a document, settled for a caller and a day.

use std::{any::Any, borrow::Cow, sync::Arc};

use async_graphql::{
    InputType, InputValueResult, Pos, Value,
    indexmap::IndexMap,
    registry::{MetaInputValue, MetaType, Registry},
};
use sea_orm::Condition;

use super::{Inputs, Link, PageGiven, Parse};
use crate::kernel::{
    error::{Broken, Code, Refusal, Result},
    locale::Message,
    op::Op,
    page::{FeedArgs, Listing, Order, PageArgs, Paging, Parts},
};

/// The arguments of a field.
pub trait Args: InputType + Any + Send + Sync {
    /// Fills in what depends on the caller and the day; refuses what cannot be.
    fn settle(&mut self, op: &Op) -> std::result::Result<(), Refusal> {
        let _ = op;
        Ok(())
    }
}

/// No arguments.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoArgs;

impl InputType for NoArgs {
    type RawValueType = Self;
    fn type_name() -> Cow<'static, str> {
        "NoArgs".into()
    }
    fn create_type_info(_: &mut Registry) -> String {
        Self::qualified_type_name()
    }
    fn parse(_: Option<Value>) -> InputValueResult<Self> {
        Ok(NoArgs)
    }
    fn to_value(&self) -> Value {
        Value::Null
    }
    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl Args for NoArgs {}

impl Listing for NoArgs {}

/// The arguments of two structs, side by side.
pub struct Both<A, B>(pub A, pub B);

impl<A: Args, B: Args> InputType for Both<A, B> {
    type RawValueType = Self;
    fn type_name() -> Cow<'static, str> {
        format!("{}And{}", A::type_name(), B::type_name()).into()
    }
    fn create_type_info(registry: &mut Registry) -> String {
        A::create_type_info(registry);
        B::create_type_info(registry);
        let theirs = registry.types.remove(&*B::type_name());
        let mut mine = registry.types.remove(&*A::type_name());
        if let (
            Some(MetaType::InputObject { input_fields: fields, .. }),
            Some(MetaType::InputObject { input_fields, .. }),
        ) = (&mut mine, theirs)
        {
            fields.extend(input_fields);
        }
        if let Some(mine) = mine {
            registry.types.insert(Self::type_name().into_owned(), mine);
        }
        Self::qualified_type_name()
    }
    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let first = A::parse(value.clone()).map_err(async_graphql::InputValueError::propagate)?;
        Ok(Both(first, B::parse(value).map_err(async_graphql::InputValueError::propagate)?))
    }
    fn to_value(&self) -> Value {
        Value::Null
    }
    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl<A: Args, B: Args> Args for Both<A, B> {
    fn settle(&mut self, op: &Op) -> std::result::Result<(), Refusal> {
        self.0.settle(op)?;
        self.1.settle(op)
    }
}

impl<A: Args, B: Listing> Listing for Both<A, B> {
    fn condition(&self, op: &Op) -> Condition {
        self.1.condition(op)
    }
    fn parts(&self, op: &Op) -> Option<Parts> {
        self.1.parts(op)
    }
    fn order(&self) -> Order {
        self.1.order()
    }
}

pub(in crate::kernel::object) fn inputs<A: InputType>(registry: &mut Registry) -> IndexMap<String, MetaInputValue> {
    A::create_type_info(registry);
    match registry.types.remove(&*A::type_name()) {
        Some(MetaType::InputObject { input_fields, .. }) => input_fields,
        _ => IndexMap::new(),
    }
}

pub(super) fn parsed<A: Args>(value: Value, op: &Op) -> Result<A> {
    let mut args = A::parse(Some(value)).map_err(|e| {
        let why = e.into_server_error(Pos::default()).message;
        Refusal::new(Code::BadUserInput, Message::new(why.clone(), why))
    })?;
    args.settle(op)?;
    Ok(args)
}

pub(in crate::kernel::object) fn parse<A: Args>() -> Parse {
    Box::new(|value, op| Ok(Arc::new(parsed::<A>(value, op)?)))
}

pub(super) fn parse_nothing() -> Parse {
    Box::new(|_, _| Ok(Arc::new(NoArgs)))
}

pub(in crate::kernel::object) fn parse_page<A: Listing>(link: Option<fn(&A) -> Link>) -> Parse {
    Box::new(move |value, op| {
        let page = PageArgs::parse(Some(value.clone()))
            .map_err(|e| Broken::new(e.into_server_error(Pos::default()).message))?;
        let paging = Paging::parse(page)?;
        let args = parsed::<A>(value, op)?;
        Ok(Arc::new(PageGiven {
            paging,
            order: args.order(),
            condition: args.condition(op),
            parts: if link.is_none() { args.parts(op) } else { None },
            link: link.map(|link| link(&args)),
            feed: false,
        }))
    })
}

pub(in crate::kernel::object) fn parse_feed<A: Listing>() -> Parse {
    Box::new(|value, op| {
        let feed = FeedArgs::parse(Some(value.clone()))
            .map_err(|e| Broken::new(e.into_server_error(Pos::default()).message))?;
        let paging = Paging::of_feed(feed)?;
        let condition = parsed::<A>(value, op)?.condition(op);
        Ok(Arc::new(PageGiven { paging, order: Order::by_key(), condition, parts: None, link: None, feed: true }))
    })
}

pub(in crate::kernel::object) fn page_inputs<A: Args>() -> Vec<Inputs> {
    vec![inputs::<A>, inputs::<PageArgs>]
}

pub(in crate::kernel::object) fn feed_inputs<A: Args>() -> Vec<Inputs> {
    vec![inputs::<A>, inputs::<FeedArgs>]
}
