//! Leaves: Rust values that are scalars or enum values of the schema, and how each is written.

use async_graphql::{ID, OutputType, registry::Registry, resolver_utils::EnumType};

use entity::{
    text_list::TextList,
    time::{PartialDate, Period},
};

use crate::kernel::{
    error::{Broken, Error, Result},
    scalar::{Cursor, Date, DateTime},
};

/// A value that is a leaf of the answer.
pub trait Leaf: Sized {
    /// Whether it may be null.
    const NULL: bool = false;
    /// Its type's name, without `!`, registering it.
    fn register(registry: &mut Registry) -> String;
    /// Writes it as JSON.
    fn write(&self, out: &mut Vec<u8>) -> Result<()>;
}

/// Writes a text as JSON.
pub fn text(out: &mut Vec<u8>, text: &str) {
    // Writing into memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}

fn name_of<T: OutputType>(registry: &mut Registry) -> String {
    let mut name = T::create_type_info(registry);
    name.truncate(name.trim_end_matches('!').len());
    name
}

macro_rules! leaves {
    ($($type:ty: |$it:ident, $out:ident| $write:expr;)+) => { $(
        impl Leaf for $type {
            fn register(registry: &mut Registry) -> String {
                name_of::<$type>(registry)
            }
            fn write(&self, $out: &mut Vec<u8>) -> Result<()> {
                let $it = self;
                $write;
                Ok(())
            }
        }
    )+ };
}

leaves! {
    String: |it, out| text(out, it);
    ID: |it, out| text(out, it);
    bool: |it, out| out.extend_from_slice(if *it { b"true" } else { b"false" });
    i32: |it, out| out.extend_from_slice(itoa::Buffer::new().format(*it).as_bytes());
    f64: |it, out| out.extend_from_slice(finite(*it)?.as_bytes());
    Date: |it, out| text(out, &it.0.to_string());
    DateTime: |it, out| text(out, &it.print());
    PartialDate: |it, out| text(out, &it.to_string());
    Period: |it, out| text(out, &it.to_string());
    Cursor: |it, out| text(out, &it.0);
}

fn finite(number: f64) -> Result<String> {
    if number.is_finite() {
        Ok(ryu::Buffer::new().format_finite(number).to_owned())
    } else {
        Err(Broken::new("a stored number is not finite").into())
    }
}

impl<T: Leaf> Leaf for Option<T> {
    const NULL: bool = true;
    fn register(registry: &mut Registry) -> String {
        T::register(registry)
    }
    fn write(&self, out: &mut Vec<u8>) -> Result<()> {
        match self {
            Some(value) => value.write(out),
            None => {
                out.extend_from_slice(b"null");
                Ok(())
            }
        }
    }
}

impl<T: Leaf> Leaf for Vec<T> {
    fn register(registry: &mut Registry) -> String {
        format!("[{}!]", T::register(registry))
    }
    fn write(&self, out: &mut Vec<u8>) -> Result<()> {
        out.push(b'[');
        for (n, value) in self.iter().enumerate() {
            if n > 0 {
                out.push(b',');
            }
            value.write(out)?;
        }
        out.push(b']');
        Ok(())
    }
}

impl Leaf for TextList {
    fn register(registry: &mut Registry) -> String {
        <Vec<String> as Leaf>::register(registry)
    }
    fn write(&self, out: &mut Vec<u8>) -> Result<()> {
        self.0.write(out)
    }
}

/// A value of a closed vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<T>(pub T);

impl<T: EnumType + OutputType> Leaf for Word<T> {
    fn register(registry: &mut Registry) -> String {
        name_of::<T>(registry)
    }
    fn write(&self, out: &mut Vec<u8>) -> Result<()> {
        let item = T::items().iter().find(|item| item.value == self.0);
        text(out, item.map(|item| item.name).ok_or_else(|| Broken::new("a word outside its vocabulary"))?);
        Ok(())
    }
}

/// Something of the type `T` that is stored as the very text that the answer shows: words of vocabularies, days, periods.
pub struct AsStored<T>(std::marker::PhantomData<T>);

impl<T: OutputType> AsStored<T> {
    /// The type's name, without `!`, registering it.
    pub fn register(registry: &mut Registry) -> String {
        name_of::<T>(registry)
    }
}

/// What the function of a field may answer: a leaf, or a leaf or an error.
pub trait Answer {
    /// Whether it may be null.
    const NULL: bool;
    /// Its type's name, without `!`.
    fn register(registry: &mut Registry) -> String;
    /// Writes it.
    fn put(self, out: &mut Vec<u8>) -> Result<()>;
}

impl<T: Leaf> Answer for T {
    const NULL: bool = <T as Leaf>::NULL;
    fn register(registry: &mut Registry) -> String {
        <T as Leaf>::register(registry)
    }
    fn put(self, out: &mut Vec<u8>) -> Result<()> {
        self.write(out)
    }
}

impl<T: Leaf> Answer for std::result::Result<T, Error> {
    const NULL: bool = <T as Leaf>::NULL;
    fn register(registry: &mut Registry) -> String {
        <T as Leaf>::register(registry)
    }
    fn put(self, out: &mut Vec<u8>) -> Result<()> {
        self?.write(out)
    }
}
