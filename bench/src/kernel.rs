//! The service's own texts: search columns and sort keys are filled by the code that fills them in the service.

#[allow(dead_code, missing_docs)]
#[path = "../../src/kernel/text.rs"]
pub mod text;

/// What the histogram of the service reports when it cannot be read.
pub mod error {
    use std::fmt::Display;

    /// A histogram that cannot be read.
    #[derive(Debug)]
    pub struct Broken(#[allow(dead_code)] String);

    impl Broken {
        /// With a reason.
        pub fn new(reason: impl Display) -> Self {
            Broken(reason.to_string())
        }
    }

    /// A value, or why it cannot be read.
    pub type Result<T> = std::result::Result<T, Broken>;
}
