//! Where somebody signs in from (nơi đăng nhập): how often that failed there, and what is locked by it. See [`crate::identity::lockout`].

use entity::{
    ids::UserId,
    sign_in_origin::{self, Column as O},
    user_account::{self, Column as U},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};

use super::super::lockout::{Count, Lockout};
use crate::kernel::{chain::hex, error::Result, op::Op, quota::Holder, tx::Tx};

/// Where a request for an account comes from.
pub struct Origin {
    key: String,
    known: Option<sign_in_origin::Model>,
    lockout: Lockout,
}

/// Where an operation for an account comes from, as the transaction sees it.
pub async fn of(op: &Op, tx: &Tx, user: &user_account::Model) -> Result<Origin> {
    let settings = op.app().settings();
    let lockout = Lockout { failures: settings.lockout_failures, lasts: settings.lockout, known: settings.idle };
    // An address says where somebody is: it is kept as a hash that says so of no two accounts.
    let network = match op.address().map(Holder::at) {
        Some(Holder::Address(network)) => network.to_string(),
        _ => String::new(),
    };
    let key = hex(&Sha256::digest(format!("origin\n{}\n{network}", user.id.0)));
    let same = sign_in_origin::Entity::find().filter(O::UserId.eq(user.id)).filter(O::Origin.eq(&key));
    Ok(Origin { key, known: tx.first(same).await?, lockout })
}

impl Origin {
    /// Whether nobody may sign in to the account from there now.
    pub fn locked(&self, tx: &Tx, user: &user_account::Model) -> bool {
        self.lockout.locked(user, self.known.as_ref(), tx.now())
    }
    /// Counts a wrong password; returns whether it locks something.
    pub async fn failed(&self, tx: &Tx, user: &user_account::Model) -> Result<bool> {
        let now = tx.now();
        let account = self.lockout.of_account(user.into(), now);
        let here = self.lockout.of_address(self.known.as_ref().map(Count::from).unwrap_or_default(), now);
        let row = user_account::ActiveModel {
            failures: Set(account.failures),
            failed_at: Set(account.failed_at),
            locked_until: Set(account.locked_until),
            ..Default::default()
        };
        tx.update(user_account::Entity::update_many().set(row).filter(U::Id.eq(user.id))).await?;
        let row = sign_in_origin::ActiveModel {
            failures: Set(here.failures),
            failed_at: Set(here.failed_at),
            locked_until: Set(here.locked_until),
            ..Default::default()
        };
        self.put(tx, user.id, row).await?;
        let locks = |count: Count| count.failures == 0;
        Ok(locks(account) || locks(here))
    }
    /// Notes that somebody signed in.
    pub async fn signed_in(&self, tx: &Tx, user: &user_account::Model) -> Result<()> {
        let row =
            user_account::ActiveModel { failures: Set(0), last_login_at: Set(Some(tx.now())), ..Default::default() };
        tx.update(user_account::Entity::update_many().set(row).filter(U::Id.eq(user.id))).await?;
        let row = sign_in_origin::ActiveModel {
            failures: Set(0),
            locked_until: Set(None),
            signed_in_at: Set(Some(tx.now())),
            ..Default::default()
        };
        self.put(tx, user.id, row).await
    }
    async fn put(&self, tx: &Tx, user: UserId, mut row: sign_in_origin::ActiveModel) -> Result<()> {
        if let Some(known) = &self.known {
            return tx
                .update(sign_in_origin::Entity::update_many().set(row).filter(O::Id.eq(known.id)))
                .await
                .map(drop);
        }
        // Of those that are new now and then: what says nothing any more goes.
        let old = |column: O, since| Condition::any().add(column.is_null()).add(column.lt(since));
        let forgotten = sign_in_origin::Entity::delete_many()
            .filter(O::UserId.eq(user))
            .filter(old(O::FailedAt, tx.now() - chrono::Duration::days(1)))
            .filter(old(O::SignedInAt, tx.now() - self.lockout.known));
        tx.delete(forgotten).await?;
        (row.user_id, row.origin) = (Set(user), Set(self.key.clone()));
        tx.insert(row).await.map(drop)
    }
}

/// Ends what is locked for addresses; returns for how many it was.
pub async fn unlock(tx: &Tx, user: UserId) -> Result<u64> {
    let row = sign_in_origin::ActiveModel { failures: Set(0), locked_until: Set(None), ..Default::default() };
    let locked = Condition::any().add(O::LockedUntil.is_not_null()).add(O::Failures.gt(0));
    tx.update(sign_in_origin::Entity::update_many().set(row).filter(O::UserId.eq(user)).filter(locked)).await
}
