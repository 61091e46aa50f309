//! Passwords (mật khẩu). They are hashed with argon2id on blocking threads, through a bounded queue.
//!
//! A password is normalised before it is hashed or compared (RFC 8265, OpaqueString). Without this, a password typed on
//! another device, which composes Vietnamese letters differently, would be wrong.

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

/// The maximum length of a password, in bytes. Longer ones are never compared.
pub const LONGEST: usize = 1024;

/// Normalises a password: every space becomes U+0020, and letters are composed (NFC). Case and all else stay.
pub fn prepared(password: &str) -> String {
    let space = |c: char| match c {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        c => c,
    };
    password.chars().map(space).nfc().collect()
}

/// Hashes a password with argon2id: 19 MiB, two passes, a random salt.
///
/// # Errors
/// UNAVAILABLE if the queue is full; if the machine has no random numbers or no memory.
pub async fn hash(queue: &Queue, password: &str) -> Result<String> {
    let password = prepared(password);
    queue.run(move || hash_now(&password)).await?
}

/// Hashes a password, unless it matches one of the previous hashes: then returns `None`. All comparisons take one turn in
/// the queue.
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

/// The forms in which a password may have been hashed: normalised; and by earlier releases, which normalised nothing, as
/// typed or decomposed (NFD), as some devices type it. For most passwords these are one form.
fn forms(password: &str) -> Vec<String> {
    let prepared = prepared(password);
    let mut forms = vec![password.to_owned(), prepared.nfd().collect()];
    forms.dedup();
    forms.retain(|form| *form != prepared);
    forms.insert(0, prepared);
    forms
}

/// Whether a password matches a hash. Without a hash the answer is no, after the same time: otherwise the response time
/// would reveal which user names exist.
///
/// # Errors
/// UNAVAILABLE if the queue is full; if the machine has no memory.
pub async fn is(queue: &Queue, password: &str, hash: Option<&str>) -> Result<bool> {
    static NONE: LazyLock<Option<String>> = LazyLock::new(|| hash_now("nobody has this password").ok());
    let hash = hash.map(str::to_owned);
    let forms = if password.len() <= LONGEST { forms(password) } else { vec![] };
    let work = move || {
        // Computed by the first call, with or without a hash, so that its time reveals nothing.
        let none = LazyLock::force(&NONE);
        let known = hash.is_some();
        let Some(hash) = hash.or_else(|| none.clone()) else { return false };
        let right = match forms.is_empty() {
            // Takes the same time as comparing a password of valid length.
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
