//! What callers see while the database or its machine fails, and whether anything that was acknowledged is lost.

mod lost;
mod proxy;
mod storage;
