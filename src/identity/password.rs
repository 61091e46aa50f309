//! Passwords (mật khẩu): hashed with argon2id, off the threads that answer requests, and only so many at once.

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

use crate::kernel::{
    app::App,
    clock::random,
    error::{Broken, Result},
};

/// The longest password that is looked at, in bytes.
pub const LONGEST: usize = 1024;

/// Hashes a password: argon2id, 19 MiB, two passes, a salt of its own.
///
/// # Errors
/// When the machine has no random numbers, or no memory.
pub async fn hash(app: &App, password: &str) -> Result<String> {
    let password = password.to_owned();
    off_thread(app, move || hash_now(&password)).await?
}

fn hash_now(password: &str) -> Result<String> {
    let salt = random::<16>()?;
    let hashed = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    Ok(hashed.map_err(|e| Broken::new(e.to_string()))?.to_string())
}

/// Whether a password is the one that was hashed. Without a hash it is none, and finding that out takes as long.
///
/// # Errors
/// When the machine has no memory.
pub async fn is(app: &App, password: &str, hash: Option<&str>) -> Result<bool> {
    static NONE: LazyLock<Option<String>> = LazyLock::new(|| hash_now("nobody has this password").ok());
    let (password, hash) = (password.to_owned(), hash.map(str::to_owned));
    off_thread(app, move || {
        // Made by whoever comes first, known or not.
        let none = LazyLock::force(&NONE);
        let known = hash.is_some();
        let Some(hash) = hash.or_else(|| none.clone()) else { return false };
        let Ok(hash) = PasswordHash::new(&hash) else { return false };
        let right = password.len() <= LONGEST && Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
        right && known
    })
    .await
}

async fn off_thread<T: Send + 'static>(app: &App, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let turn = app.hashing().acquire().await.map_err(Broken::new)?;
    let done = tokio::task::spawn_blocking(work).await.map_err(Broken::new)?;
    drop(turn);
    Ok(done)
}
