//! The service's own texts: search columns and sort keys are filled by the code that fills them in the service.

#[allow(dead_code, missing_docs)]
#[path = "../../src/kernel/text.rs"]
pub mod text;

/// The failure of the service's histogram, which says that it cannot be read.
pub mod error {
    use std::fmt::{Display, Formatter};

    pub use crate::failure::Result;

    /// A histogram that cannot be read.
    #[derive(Debug)]
    pub struct Broken(String);

    impl Broken {
        /// With a reason.
        pub fn new(reason: impl Display) -> Self {
            Broken(reason.to_string())
        }
    }

    impl Display for Broken {
        fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
            f.write_str(&self.0)
        }
    }

    impl std::error::Error for Broken {}
}
