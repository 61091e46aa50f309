//! What callers see while the database or its machine fails, and whether anything that was acknowledged is lost.

mod abandoned;
mod lost;
mod proxy;
mod storage;
