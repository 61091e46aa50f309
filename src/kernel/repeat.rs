//! Requests that may be repeated without being carried out twice: whoever sends the same key with the same request is given the same
//! answer (draft-ietf-httpapi-idempotency-key-header).
//!
//! A key is its caller's own and is remembered for a day. The answer, which may hold a secret that is shown once, is sealed with the
//! key, of which only a hash is kept. That something was carried out is written with it, in the same transaction: a crash between the
//! act and its answer cannot make it happen twice.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::Duration;
use entity::{
    ids::RepeatableRequestId,
    repeatable_request::{self, Column as C},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};

use super::{
    chain::hex,
    error::{Broken, Code, Refusal, Result},
    locale::Message,
    op::Op,
    tx::Tx,
};

/// How long a key is remembered.
const REMEMBERED: Duration = Duration::hours(24);

/// After so long a request that has neither answered nor done anything has died.
const RUNNING: Duration = Duration::minutes(5);

/// A request that is being carried out under a key.
#[derive(Clone, Debug)]
pub struct Ticket {
    id: RepeatableRequestId,
    key: [u8; 32],
}

/// What a request with a key is.
#[derive(Debug)]
pub enum Begun {
    /// The first of its kind, to be carried out.
    First(Ticket),
    /// A repeated one, which was answered with this.
    Before(String),
}

/// Begins a request under a key. `fingerprint` tells requests apart.
///
/// # Errors
/// IDEMPOTENCY_MISMATCH for a key that another request came with; CONFLICT while the first is still running, or where its answer was
/// lost.
pub async fn begin(op: &Op, key: &str, fingerprint: &[u8; 32]) -> Result<Begun> {
    let fingerprint = hex(fingerprint);
    let caller = op.caller().name();
    let seal: [u8; 32] = Sha256::digest(format!("answer\n{caller}\n{fingerprint}\n{key}")).into();
    let key_hash = hex(&Sha256::digest(format!("key\n{key}")));
    let tx = Tx::begin(op).await?;
    let old = C::BegunAt.lt(op.now() - REMEMBERED);
    tx.delete(repeatable_request::Entity::delete_many().filter(old)).await?;
    let same = repeatable_request::Entity::find().filter(C::Caller.eq(&caller)).filter(C::KeyHash.eq(&key_hash));
    let begun = match tx.first(same).await? {
        Some(row) if row.fingerprint != fingerprint => return Err(mismatch().into()),
        Some(row) => match row.answer {
            Some(answer) => Begun::Before(open(&seal, &answer)?),
            None if row.begun_at > op.now() - RUNNING => return Err(running().into()),
            None if row.committed => return Err(lost().into()),
            None => {
                let again = repeatable_request::ActiveModel { begun_at: Set(op.now()), ..Default::default() };
                change(&tx, row.id, again).await?;
                Begun::First(Ticket { id: row.id, key: seal })
            }
        },
        None => {
            let row = repeatable_request::ActiveModel {
                caller: Set(caller),
                key_hash: Set(key_hash),
                fingerprint: Set(fingerprint),
                begun_at: Set(op.now()),
                committed: Set(false),
                answer: Set(None),
                ..Default::default()
            };
            Begun::First(Ticket { id: tx.insert(row).await?.id, key: seal })
        }
    };
    tx.commit().await?;
    Ok(begun)
}

/// Ends a request under a key: its answer is kept, unless it is one that another attempt may better, and nothing was carried out.
///
/// # Errors
/// The database's.
pub async fn end(op: &Op, ticket: &Ticket, answer: &str, passing: bool) -> Result<()> {
    let tx = Tx::begin(op).await?;
    let mine = C::Id.eq(ticket.id);
    let row = tx.first(repeatable_request::Entity::find().filter(mine.clone())).await?;
    match row {
        Some(row) if passing && !row.committed => {
            tx.delete(repeatable_request::Entity::delete_many().filter(mine)).await?;
        }
        _ => {
            let sealed = close(&ticket.key, answer)?;
            let answered = repeatable_request::ActiveModel { answer: Set(Some(sealed)), ..Default::default() };
            change(&tx, ticket.id, answered).await?;
        }
    }
    tx.commit().await
}

/// Notes, with what is carried out, that something of a request was.
pub(super) async fn carried_out(tx: &Tx, ticket: &Ticket) -> Result<()> {
    let row = repeatable_request::ActiveModel { committed: Set(true), ..Default::default() };
    change(tx, ticket.id, row).await
}

async fn change(tx: &Tx, id: RepeatableRequestId, row: repeatable_request::ActiveModel) -> Result<()> {
    tx.update(repeatable_request::Entity::update_many().set(row).filter(C::Id.eq(id))).await.map(drop)
}

fn close(key: &[u8; 32], answer: &str) -> Result<String> {
    let mut text = answer.as_bytes().to_vec();
    let nonce = cipher(key)?.seal_in_place_append_tag(Aad::empty(), &mut text).map_err(Broken::new)?;
    let mut sealed = nonce.as_ref().to_vec();
    sealed.append(&mut text);
    Ok(STANDARD.encode(sealed))
}

fn open(key: &[u8; 32], sealed: &str) -> Result<String> {
    let mut sealed = STANDARD.decode(sealed).map_err(Broken::new)?;
    let (nonce, text) = sealed.split_at_mut_checked(NONCE_LEN).ok_or_else(|| Broken::new("a sealed answer is cut"))?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(Broken::new)?;
    let text = cipher(key)?.open_in_place(nonce, Aad::empty(), text).map_err(Broken::new)?;
    Ok(std::str::from_utf8(text).map_err(Broken::new)?.to_owned())
}

fn cipher(key: &[u8; 32]) -> Result<RandomizedNonceKey> {
    Ok(RandomizedNonceKey::new(&AES_256_GCM, key).map_err(Broken::new)?)
}

fn mismatch() -> Refusal {
    Refusal::new(
        Code::IdempotencyMismatch,
        Message::new(
            "Khoá Idempotency-Key này đã dùng cho một yêu cầu khác.",
            "This Idempotency-Key came with another request before.",
        ),
    )
}

fn running() -> Refusal {
    Refusal::new(
        Code::Conflict,
        Message::new(
            "Yêu cầu có khoá Idempotency-Key này còn đang được thực hiện.",
            "The request with this Idempotency-Key is still being carried out.",
        ),
    )
}

fn lost() -> Refusal {
    Refusal::new(
        Code::Conflict,
        Message::new(
            "Yêu cầu có khoá này đã được thực hiện nhưng câu trả lời bị mất: hãy xem lại dữ liệu.",
            "The request with this key was carried out, but its answer was lost: look at the records.",
        ),
    )
}
