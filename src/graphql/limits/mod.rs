//! What a document asks for, measured before anything of it is validated or executed, in a time that grows with its length and
//! with nothing else: however it is built, it is refused in milliseconds or small enough.

mod items;
mod prices;
mod sizes;
mod text;
mod walk;

pub use text::{check_document, check_json};
pub use walk::{Cost, measure};
