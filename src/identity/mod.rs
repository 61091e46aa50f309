//! Who asks (định danh). So far nobody signs in: everybody is a stranger, and sees what is public.

pub mod graphql;
