//! Limits on a document, checked before it is validated or executed. Checking takes time linear in the document's
//! length, so any document is either rejected within milliseconds or small enough to process.

mod items;
mod prices;
mod sizes;
mod text;
mod walk;

pub use text::{check_document, check_json};
pub use walk::{Cost, measure};
