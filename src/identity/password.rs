//! Passwords (mật khẩu): hashed with argon2id, off the threads that answer requests, and only so many at once.
//!
//! A password is prepared before it is hashed or compared (RFC 8265, OpaqueString): the same words typed on another device are the
//! same password, however that composes Vietnamese letters.

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use unicode_normalization::UnicodeNormalization;

use crate::kernel::{
    clock::random,
    error::{Broken, Result},
    queue::Queue,
};

/// The longest password that is looked at, in bytes.
pub const LONGEST: usize = 1024;

/// A password as it is hashed: every space is U+0020, letters are composed (NFC). Case and everything else stay.
pub fn prepared(password: &str) -> String {
    let space = |c: char| match c {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        c => c,
    };
    password.chars().map(space).nfc().collect()
}

/// Hashes a password: argon2id, 19 MiB, two passes, a salt of its own.
///
/// # Errors
/// UNAVAILABLE where too many wait; when the machine has no random numbers, or no memory.
pub async fn hash(queue: &Queue, password: &str) -> Result<String> {
    let password = prepared(password);
    queue.run(move || hash_now(&password)).await?
}

/// Hashes a password, unless it is one of those that were hashed before: then there is none. All of it is one turn.
///
/// # Errors
/// As [`hash`].
pub async fn hash_unless(queue: &Queue, password: &str, before: Vec<String>) -> Result<Option<String>> {
    let password = prepared(password);
    let work = move || match before.iter().any(|hash| verify(&password, hash)) {
        true => Ok(None),
        false => hash_now(&password).map(Some),
    };
    queue.run(work).await?
}

fn hash_now(password: &str) -> Result<String> {
    let salt = random::<16>()?;
    let hashed = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    Ok(hashed.map_err(|e| Broken::new(e.to_string()))?.to_string())
}

fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// What may have been hashed of a password: what it is prepared to; what was typed, by a release that prepared nothing; and the same
/// decomposed, as some devices type it. Of most passwords these are one.
fn forms(password: &str) -> Vec<String> {
    let prepared = prepared(password);
    let mut forms = vec![password.to_owned(), prepared.nfd().collect()];
    forms.dedup();
    forms.retain(|form| *form != prepared);
    forms.insert(0, prepared);
    forms
}

/// Whether a password is the one that was hashed. Without a hash it is none, and finding that out takes as long.
///
/// # Errors
/// UNAVAILABLE where too many wait; when the machine has no memory.
pub async fn is(queue: &Queue, password: &str, hash: Option<&str>) -> Result<bool> {
    static NONE: LazyLock<Option<String>> = LazyLock::new(|| hash_now("nobody has this password").ok());
    let hash = hash.map(str::to_owned);
    let forms = if password.len() <= LONGEST { forms(password) } else { vec![] };
    let work = move || {
        // Made by whoever comes first, known or not.
        let none = LazyLock::force(&NONE);
        let known = hash.is_some();
        let Some(hash) = hash.or_else(|| none.clone()) else { return false };
        let right = match forms.is_empty() {
            // As long as another one takes.
            true => {
                verify("", &hash);
                false
            }
            false => forms.iter().any(|form| verify(form, &hash)),
        };
        right && known
    };
    queue.run(work).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const NFC: &str = "Mật khẩu Đắk Nông 2026 rất dài";

    fn nfd() -> String {
        NFC.nfd().collect()
    }

    #[test]
    fn the_same_words_are_the_same_password() {
        assert_ne!(nfd(), NFC);
        for other in [nfd(), NFC.replace(' ', "\u{a0}"), NFC.replace(' ', "\u{3000}")] {
            assert_eq!(prepared(&other), NFC);
        }
        for other in
            ["mật khẩu đắk nông 2026 rất dài", "Mat khau Dak Nong 2026 rat dai", "Ｍật khẩu Đắk Nông 2026 rất dài"]
        {
            assert_ne!(prepared(other), NFC);
        }
    }

    #[tokio::test]
    async fn hashes_of_a_release_that_prepared_nothing_are_known() {
        let queue = Queue::new(1, 1);
        for typed in [NFC.to_owned(), nfd(), NFC.replace(' ', "\u{a0}")] {
            let old = hash_now(&typed).expect("a hash");
            assert!(is(&queue, &typed, Some(&old)).await.expect("compared"), "as it was typed: {typed:?}");
        }
        let old = hash_now(&nfd()).expect("a hash");
        assert!(is(&queue, NFC, Some(&old)).await.expect("compared"));
        assert!(!is(&queue, "Mật khẩu Đắk Nông 2026 rất ngắn", Some(&old)).await.expect("compared"));
    }

    #[test]
    fn most_passwords_are_compared_once() {
        assert_eq!(forms("mua xuan tren dinh nui").len(), 1);
        assert_eq!((forms(NFC).len(), forms(&nfd()).len()), (2, 2));
    }
}
