//! Idempotency keys: a request that is sent again with the same key is not executed again and gets the stored
//! response (draft-ietf-httpapi-idempotency-key-header).
//!
//! A key belongs to its caller and is valid for a day. The response may contain a secret that is shown once, so it is
//! encrypted with a key derived from the idempotency key, of which only a hash is stored. The response is committed
//! together with the write: the transaction stays open until the response is known ([`Op::write`]). A crash therefore
//! leaves either both or nothing, and a request whose process has ended can be executed again immediately.
//!
//! Whether a process still runs is decided by a lock that ends with it ([`super::db::Instance`]), not by a timeout,
//! so a wrong clock never prolongs a conflict. A process that is wrongly taken for dead commits nothing, because its
//! row then names another holder.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

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
    db::{Db, Instance},
    error::{Broken, Code, Refusal, Result},
    locale::Message,
    op::Op,
    tx::Tx,
};

/// How long a key is remembered.
const REMEMBERED: Duration = Duration::hours(24);

/// How long a request without a recorded instance (written by an older version) is assumed to be running.
const RUNNING: Duration = Duration::minutes(5);

/// The requests with a key that this process is executing.
#[derive(Default)]
pub struct Repeatable {
    instance: tokio::sync::Mutex<Option<Arc<Instance>>>,
    running: Arc<Mutex<HashSet<RepeatableRequestId>>>,
}

impl Repeatable {
    /// The id of the lock that shows that this process runs. It is taken for the first key, and again if it was lost.
    async fn instance(&self, db: &Db) -> Result<i64> {
        let mut instance = self.instance.lock().await;
        if let Some(held) = instance.as_ref()
            && held.still_held().await
        {
            return Ok(held.id());
        }
        let taken = db.instance().await?;
        Ok(instance.insert(Arc::new(taken)).id())
    }
    fn running(&self) -> MutexGuard<'_, HashSet<RepeatableRequestId>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn begin(&self, id: RepeatableRequestId) -> Arc<Running> {
        self.running().insert(id);
        Arc::new(Running { id, all: self.running.clone() })
    }
}

/// Marks a request as running in this process until it is dropped.
struct Running {
    id: RepeatableRequestId,
    all: Arc<Mutex<HashSet<RepeatableRequestId>>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// A request that is being executed under a key.
#[derive(Clone)]
pub struct Ticket {
    id: RepeatableRequestId,
    key: [u8; 32],
    holder: i64,
    _running: Arc<Running>,
    written: Arc<Mutex<Option<Arc<Tx>>>>,
}

impl Ticket {
    fn written(&self) -> MutexGuard<'_, Option<Arc<Tx>>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// The open transaction with the writes so far. It is committed together with the response.
    pub(super) fn open(&self) -> Option<Arc<Tx>> {
        self.written().clone()
    }
    /// Keeps a transaction open until the response is known.
    pub(super) fn keep(&self, tx: Arc<Tx>) {
        *self.written() = Some(tx);
    }
    fn mine(&self) -> sea_orm::Condition {
        sea_orm::Condition::all().add(C::Id.eq(self.id)).add(C::Holder.eq(self.holder))
    }
}

/// The result of beginning a request with a key.
pub enum Begun {
    /// The first request with this key: execute it.
    First(Ticket),
    /// A repeated request, with the stored response.
    Before(String),
}

/// Begins a request under a key. `fingerprint` identifies the content of the request.
///
/// # Errors
/// IDEMPOTENCY_MISMATCH if the key was used for another request; CONFLICT while the first request is running, or if
/// its response was lost.
pub async fn begin(op: &Op, key: &str, fingerprint: &[u8; 32]) -> Result<Begun> {
    let fingerprint = hex(fingerprint);
    let caller = op.caller().name();
    let seal: [u8; 32] = Sha256::digest(format!("answer\n{caller}\n{fingerprint}\n{key}")).into();
    let key_hash = hex(&Sha256::digest(format!("key\n{key}")));
    let repeatable = op.app().repeatable();
    let holder = repeatable.instance(op.db()).await?;
    let ticket = |id| Ticket { id, key: seal, holder, _running: repeatable.begin(id), written: Arc::default() };
    let tx = Tx::begin(op).await?;
    let old = C::BegunAt.lt(op.now() - REMEMBERED);
    tx.delete(repeatable_request::Entity::delete_many().filter(old)).await?;
    let same = repeatable_request::Entity::find().filter(C::Caller.eq(&caller)).filter(C::KeyHash.eq(&key_hash));
    let begun = match tx.first(same).await? {
        Some(row) if row.fingerprint != fingerprint => return Err(mismatch().into()),
        Some(row) => match &row.answer {
            Some(answer) => Begun::Before(open(&seal, answer)?),
            None if runs(op, &tx, &row, holder).await? => return Err(running().into()),
            // Responses are committed together with their writes. Only an older version can have left a write without
            // a response.
            None if row.committed => return Err(lost().into()),
            None => {
                let again = repeatable_request::ActiveModel {
                    begun_at: Set(op.now()),
                    holder: Set(Some(holder)),
                    ..Default::default()
                };
                tx.update(repeatable_request::Entity::update_many().set(again).filter(C::Id.eq(row.id))).await?;
                Begun::First(ticket(row.id))
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
                holder: Set(Some(holder)),
                ..Default::default()
            };
            Begun::First(ticket(tx.insert(row).await?.id))
        }
    };
    tx.commit().await?;
    Ok(begun)
}

/// Whether a request is still being executed, by this or another process.
async fn runs(op: &Op, tx: &Tx, row: &repeatable_request::Model, own: i64) -> Result<bool> {
    if op.app().repeatable().running().contains(&row.id) {
        return Ok(true);
    }
    match row.holder {
        Some(holder) if holder == own => Ok(false),
        Some(holder) => tx.runs(holder).await,
        None => Ok((op.now() - row.begun_at).abs() < RUNNING),
    }
}

/// Ends a request under a key. Commits the response together with the writes. Without a response (an internal error,
/// which another attempt may not meet), it rolls the writes back. Returns whether anything was rolled back.
///
/// # Errors
/// UNAVAILABLE if another process has taken the request over; errors of the database. Nothing is committed then.
pub async fn end(op: &Op, ticket: &Ticket, answer: Option<&str>) -> Result<bool> {
    let written = ticket.written().take();
    let wrote = written.is_some();
    let Some(answer) = answer else {
        drop(written);
        let tx = Tx::begin(op).await?;
        tx.delete(repeatable_request::Entity::delete_many().filter(ticket.mine())).await?;
        op.record_refusals_in(&tx).await?;
        tx.commit().await?;
        return Ok(wrote);
    };
    let tx = match written {
        Some(tx) => Arc::into_inner(tx).ok_or_else(|| Broken::new("a request outlived its transaction"))?,
        None => Tx::begin(op).await?,
    };
    let row = repeatable_request::ActiveModel {
        committed: Set(wrote),
        answer: Set(Some(close(&ticket.key, answer)?)),
        ..Default::default()
    };
    if tx.update(repeatable_request::Entity::update_many().set(row).filter(ticket.mine())).await? == 0 {
        return Err(taken_over().into());
    }
    op.record_refusals_in(&tx).await?;
    tx.commit().await?;
    if wrote {
        op.app().news().look();
    }
    Ok(false)
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

fn taken_over() -> Refusal {
    Refusal::new(
        Code::Unavailable,
        Message::new(
            "Một tiến trình khác đang thực hiện yêu cầu này: hãy gửi lại với cùng khoá để nhận câu trả lời.",
            "Another process carries this request out: send it again with the same key to get its answer.",
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
