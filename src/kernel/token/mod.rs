//! Signing and verifying JSON Web Tokens: the keys that sign, and the JWK set. This module knows no users and no
//! tables.
//!
//! Tokens are verified as RFC 8725 requires. A key has one algorithm, and the token must name both. The token must
//! have the expected type and no other header parameters. Issuer, audience and times are checked with the clock of
//! the operation.

mod folder;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::SystemTime,
};

use aws_lc_rs::{
    encoding::AsDer,
    rsa::{self, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jsonwebtoken::{
    DecodingKey, EncodingKey, Header, Validation,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use self::folder::rotate;
use super::error::{Broken, Result};

/// A signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// Edwards curve (Ed25519).
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// Elliptic curve P-256.
    #[serde(rename = "ES256")]
    Es256,
    /// RSA, 3072 bits.
    #[serde(rename = "RS256")]
    Rs256,
}

impl Algorithm {
    const ALL: [Algorithm; 3] = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256];

    /// The name of the algorithm in tokens.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::EdDsa => "EdDSA",
            Algorithm::Es256 => "ES256",
            Algorithm::Rs256 => "RS256",
        }
    }
    fn of_library(self) -> jsonwebtoken::Algorithm {
        match self {
            Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
            Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
            Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
        }
    }
    fn read(self, pem: &[u8]) -> jsonwebtoken::errors::Result<EncodingKey> {
        match self {
            Algorithm::EdDsa => EncodingKey::from_ed_pem(pem),
            Algorithm::Es256 => EncodingKey::from_ec_pem(pem),
            Algorithm::Rs256 => EncodingKey::from_rsa_pem(pem),
        }
    }
    /// Generates a private key, as PEM.
    ///
    /// # Errors
    /// When the machine has no random numbers.
    pub fn generate(self) -> Result<String> {
        let none = |_| Broken::new("a key cannot be made");
        let der = match self {
            Algorithm::EdDsa => {
                Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8v1()).map_err(none)?.as_ref().to_vec()
            }
            Algorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
                .and_then(|pair| pair.to_pkcs8v1())
                .map_err(none)?
                .as_ref()
                .to_vec(),
            Algorithm::Rs256 => {
                rsa::KeyPair::generate(KeySize::Rsa3072).and_then(|pair| pair.as_der()).map_err(none)?.as_ref().to_vec()
            }
        };
        Ok(pem::encode(&pem::Pem::new("PRIVATE KEY", der)))
    }
}

/// A key pair.
pub struct Key {
    /// The key id: its RFC 7638 thumbprint.
    pub id: String,
    /// The only algorithm that this key is used with.
    pub algorithm: Algorithm,
    private: EncodingKey,
    public: DecodingKey,
    jwk: Jwk,
}

impl Key {
    /// Reads a private key from PEM (PKCS #8).
    ///
    /// # Errors
    /// When it is not an Ed25519, P-256 or RSA key.
    pub fn read(pem: &str) -> Result<Self> {
        let wrong = || Broken::new("a signing key is not a private key as PEM (PKCS #8) of Ed25519, P-256 or RSA");
        for algorithm in Algorithm::ALL {
            let Ok(private) = algorithm.read(pem.as_bytes()) else { continue };
            let Ok(mut jwk) = Jwk::from_encoding_key(&private, algorithm.of_library()) else { continue };
            if matches!(&jwk.algorithm, AlgorithmParameters::EllipticCurve(ec) if ec.curve != EllipticCurve::P256) {
                continue;
            }
            let id = jwk.thumbprint(ThumbprintHash::SHA256).map_err(Broken::new)?;
            jwk.common.key_id = Some(id.clone());
            jwk.common.public_key_use = Some(PublicKeyUse::Signature);
            let public = DecodingKey::from_jwk(&jwk).map_err(Broken::new)?;
            return Ok(Key { id, algorithm, private, public, jwk });
        }
        Err(wrong().into())
    }
}

/// The keys at one point in time.
pub struct Keys {
    /// The key that signed before.
    pub previous: Option<Key>,
    /// The key that signs.
    pub current: Key,
    /// The key that will sign next.
    pub next: Option<Key>,
    /// The public keys of all earlier signing keys. They verify signatures that are kept longer than tokens are
    /// valid.
    pub retired: Vec<Jwk>,
}

impl Keys {
    /// All key pairs, each with the name of its place.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Key)> {
        let current = Some(("current", &self.current));
        let others = [("previous", &self.previous), ("next", &self.next)];
        current.into_iter().chain(others.into_iter().filter_map(|(place, key)| Some((place, key.as_ref()?))))
    }
}

/// The signing keys. They can change while the program runs: every process that uses the same folder sees a rotation.
pub struct KeyRing {
    folder: Option<PathBuf>,
    held: RwLock<(Option<SystemTime>, Arc<Keys>)>,
}

impl KeyRing {
    /// A ring of fixed keys.
    pub fn given(keys: Keys) -> Self {
        KeyRing { folder: None, held: RwLock::new((None, Arc::new(keys))) }
    }
    /// The keys of a folder. Generates keys if the folder has none.
    ///
    /// # Errors
    /// When the keys cannot be read or generated.
    pub fn of_folder(path: &Path, algorithm: Algorithm) -> Result<Self> {
        if !path.join(folder::CURRENT).exists() {
            folder::make(path)?;
            folder::write(path, folder::CURRENT, &algorithm.generate()?)?;
            folder::write(path, folder::NEXT, &algorithm.generate()?)?;
        }
        let held = (folder::stamp(path), Arc::new(folder::read(path)?));
        Ok(KeyRing { folder: Some(path.to_owned()), held: RwLock::new(held) })
    }
    /// The current keys; reads the folder again if it has changed.
    pub fn keys(&self) -> Arc<Keys> {
        let (seen, keys) = {
            let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
            (held.0, held.1.clone())
        };
        let Some(path) = &self.folder else { return keys };
        let now = folder::stamp(path);
        // During a rotation a key file may be missing. Then the keys in memory stay in use.
        if now.is_some()
            && now != seen
            && let Ok(read) = folder::read(path)
        {
            let read = Arc::new(read);
            *self.held.write().unwrap_or_else(PoisonError::into_inner) = (now, read.clone());
            return read;
        }
        keys
    }
    /// The JWK set of the keys that verify tokens.
    pub fn public(&self) -> JwkSet {
        JwkSet { keys: self.keys().all().map(|(_, key)| key.jwk.clone()).collect() }
    }
    /// The JWK set of all keys that ever signed. It verifies signatures that are kept for a long time.
    pub fn ever(&self) -> JwkSet {
        let keys = self.keys();
        JwkSet { keys: keys.all().map(|(_, key)| key.jwk.clone()).chain(keys.retired.iter().cloned()).collect() }
    }
    /// Signs claims as a token of a type.
    ///
    /// # Errors
    /// When signing fails.
    pub fn sign<T: Serialize>(&self, kind: &str, claims: &T) -> Result<String> {
        let keys = self.keys();
        let mut header = Header::new(keys.current.algorithm.of_library());
        header.typ = Some(kind.to_owned());
        header.kid = Some(keys.current.id.clone());
        Ok(jsonwebtoken::encode(&header, claims, &keys.current.private).map_err(Broken::new)?)
    }
    /// The claims of a token of a type, if one of the keys signed it.
    ///
    /// # Errors
    /// The reason why the token is invalid.
    pub fn open<T: DeserializeOwned>(&self, kind: &str, token: &str) -> std::result::Result<T, Fault> {
        let head = Head::read(token)?;
        if !head.typ.eq_ignore_ascii_case(kind) && !head.typ.eq_ignore_ascii_case(&format!("application/{kind}")) {
            return Err(Fault("WRONG_TYPE"));
        }
        let keys = self.keys();
        let key = keys.all().find(|(_, key)| key.id == head.kid).ok_or(Fault("UNKNOWN_KEY"))?.1;
        if head.alg != key.algorithm.name() {
            return Err(Fault("WRONG_ALGORITHM"));
        }
        open_with(&key.public, key.algorithm, token)
    }
}

/// The claims of a token that this public key signed. The caller must check the times.
fn open_with<T: DeserializeOwned>(
    public: &DecodingKey,
    algorithm: Algorithm,
    token: &str,
) -> std::result::Result<T, Fault> {
    let mut validation = Validation::new(algorithm.of_library());
    // The caller checks issuer, audience and times, with the clock of the operation.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let opened = jsonwebtoken::decode(token, public, &validation).map_err(|_| Fault("WRONG_SIGNATURE"))?;
    Ok(opened.claims)
}

/// The claims of a token of a type, if a key of the JWK set signed it.
///
/// # Errors
/// The reason why the token is invalid.
pub fn open_by_set<T: DeserializeOwned>(set: &JwkSet, kind: &str, token: &str) -> std::result::Result<T, Fault> {
    let head = Head::read(token)?;
    if head.typ != kind {
        return Err(Fault("WRONG_TYPE"));
    }
    let jwk = set.find(&head.kid).ok_or(Fault("UNKNOWN_KEY"))?;
    let algorithm = Algorithm::ALL.into_iter().find(|a| a.name() == head.alg).ok_or(Fault("WRONG_ALGORITHM"))?;
    let public = DecodingKey::from_jwk(jwk).map_err(|_| Fault("UNKNOWN_KEY"))?;
    open_with(&public, algorithm, token)
}

/// The reason why a token is invalid, as a stable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault(pub &'static str);

/// The only allowed header parameters. All others are rejected, because some change how the token is read (`crit`,
/// `b64`, `zip`) or bring a key along (`jku`, `jwk`, `x5u`, `x5c`).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    alg: String,
    typ: String,
    kid: String,
}

/// The longest accepted token, in bytes.
const LONGEST: usize = 4096;

impl Head {
    fn read(token: &str) -> std::result::Result<Self, Fault> {
        let malformed = Fault("MALFORMED");
        if token.len() > LONGEST || token.split('.').count() != 3 {
            return Err(malformed);
        }
        let head = token.split('.').next().unwrap_or_default();
        let head = URL_SAFE_NO_PAD.decode(head).map_err(|_| malformed)?;
        serde_json::from_slice(&head).map_err(|_| malformed)
    }
}

/// Checks the times of a token, with a tolerance of a few seconds for clocks that differ.
///
/// # Errors
/// The reason why the token is invalid now.
pub fn check_times(
    now: DateTime<Utc>,
    issued: i64,
    not_before: Option<i64>,
    expires: i64,
) -> std::result::Result<(), Fault> {
    const SKEW: i64 = 5;
    let now = now.timestamp();
    if expires <= now {
        return Err(Fault("EXPIRED"));
    }
    if issued > now + SKEW || not_before.is_some_and(|from| from > now + SKEW) {
        return Err(Fault("NOT_YET_GOOD"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::MetadataExt};

    use serde_json::{Value, json};

    use super::{
        folder::{CURRENT, NEXT, PREVIOUS, RETIRED},
        *,
    };

    const TYPE: &str = "at+jwt";

    fn ring(algorithm: Algorithm) -> KeyRing {
        let key = || Key::read(&algorithm.generate().expect("a key")).expect("it is read");
        KeyRing::given(Keys { previous: None, current: key(), next: Some(key()), retired: vec![] })
    }

    fn encoded(value: &Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    #[test]
    fn what_was_signed_is_opened_by_whoever_has_the_public_keys() {
        for algorithm in Algorithm::ALL {
            let ring = ring(algorithm);
            let token = ring.sign(TYPE, &json!({ "sub": "a" })).expect("it is signed");
            assert_eq!(ring.open::<Value>(TYPE, &token), Ok(json!({ "sub": "a" })), "{algorithm:?}");
            assert_eq!(open_by_set::<Value>(&ring.public(), TYPE, &token), Ok(json!({ "sub": "a" })));
            let public = serde_json::to_value(ring.public()).expect("JSON");
            assert_eq!(public["keys"][0]["alg"], algorithm.name());
            assert_eq!(public["keys"][0]["use"], "sig");
            assert!(public["keys"][0].get("d").is_none());
        }
    }

    #[test]
    fn a_thumbprint_is_that_of_the_rfc() {
        let ring = ring(Algorithm::EdDsa);
        let public = serde_json::to_value(ring.public()).expect("JSON");
        let key = &public["keys"][0];
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":{}}}"#, key["x"]);
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, canonical.as_bytes());
        assert_eq!(key["kid"], URL_SAFE_NO_PAD.encode(hash));
    }

    #[test]
    fn a_token_that_says_anything_else_in_its_header_is_refused() {
        let ring = ring(Algorithm::EdDsa);
        let token = ring.sign(TYPE, &json!({ "sub": "a" })).expect("it is signed");
        let parts: Vec<&str> = token.split('.').collect();
        let [head, body, signature] = parts[..] else { panic!("three parts") };
        let head: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).expect("base64")).expect("JSON");
        let with = |name: &str, value: Value| {
            let mut head = head.clone();
            head[name] = value;
            format!("{}.{body}.{signature}", encoded(&head))
        };
        let other = ring_of_other();
        for (token, why) in [
            (with("crit", json!(["exp"])), "MALFORMED"),
            (with("jku", json!("https://example.org/jwks.json")), "MALFORMED"),
            (with("x5u", json!("https://example.org/x.pem")), "MALFORMED"),
            (with("jwk", json!({ "kty": "OKP" })), "MALFORMED"),
            (with("zip", json!("DEF")), "MALFORMED"),
            (with("typ", json!("JWT")), "WRONG_TYPE"),
            (with("alg", json!("none")), "WRONG_ALGORITHM"),
            (with("alg", json!("HS256")), "WRONG_ALGORITHM"),
            (with("alg", json!("RS256")), "WRONG_ALGORITHM"),
            (with("kid", json!("nobody")), "UNKNOWN_KEY"),
            (with("typ", json!("application/at+jwt")), "WRONG_SIGNATURE"),
            (other.sign(TYPE, &json!({ "sub": "a" })).expect("it is signed"), "UNKNOWN_KEY"),
            (format!("{}.{body}.", encoded(&head)), "WRONG_SIGNATURE"),
            (format!("{}.{}.{signature}", encoded(&head), encoded(&json!({ "sub": "b" }))), "WRONG_SIGNATURE"),
            (format!("{token}.x"), "MALFORMED"),
            ("a.b".to_owned(), "MALFORMED"),
            (String::new(), "MALFORMED"),
            (format!("{token}{}", "x".repeat(LONGEST)), "MALFORMED"),
        ] {
            assert_eq!(ring.open::<Value>(TYPE, &token), Err(Fault(why)), "{token}");
        }
    }

    fn ring_of_other() -> KeyRing {
        ring(Algorithm::Es256)
    }

    #[test]
    fn a_rotation_keeps_what_was_signed_good_and_is_seen_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = folder.path().join("keys");
        let ring = KeyRing::of_folder(&keys, Algorithm::EdDsa).expect("keys");
        let (first, next) = (ring.keys().current.id.clone(), ring.keys().next.as_ref().expect("a next one").id.clone());
        let token = ring.sign(TYPE, &json!({ "sub": "a" })).expect("it is signed");
        rotate(&keys, Algorithm::EdDsa).expect("rotated");
        assert_eq!(ring.keys().current.id, next);
        assert_eq!(ring.keys().previous.as_ref().expect("a previous one").id, first);
        assert!(ring.open::<Value>(TYPE, &token).is_ok());
        rotate(&keys, Algorithm::EdDsa).expect("rotated");
        assert_eq!(ring.open::<Value>(TYPE, &token), Err(Fault("UNKNOWN_KEY")));
        // Signatures that are kept longer than tokens are valid can still be verified.
        assert!(open_by_set::<Value>(&ring.ever(), TYPE, &token).is_ok());
        assert!(open_by_set::<Value>(&ring.public(), TYPE, &token).is_err());
        for name in [PREVIOUS, CURRENT, NEXT, RETIRED] {
            assert_eq!(fs::metadata(keys.join(name)).expect("a file").mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn times_are_checked_by_the_clock_that_is_given() {
        let now: DateTime<Utc> = "2026-01-15T12:00:00Z".parse().expect("a time");
        let at = now.timestamp();
        assert_eq!(check_times(now, at, None, at + 1), Ok(()));
        assert_eq!(check_times(now, at, None, at), Err(Fault("EXPIRED")));
        assert_eq!(check_times(now, at + 60, None, at + 120), Err(Fault("NOT_YET_GOOD")));
        assert_eq!(check_times(now, at, Some(at + 60), at + 120), Err(Fault("NOT_YET_GOOD")));
    }
}
