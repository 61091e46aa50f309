//! What is done with accounts (tài khoản).

use std::collections::BTreeMap;

use entity::{
    ids::UserId,
    kinds::{AuditOutcome, ChangeAction, Role},
    user_account,
};
use sea_orm::{ActiveEnum, ColumnTrait, QueryFilter};

use super::{
    password, rules,
    store::{self, Sessions, origin},
};
use crate::{
    kernel::{
        error::{Code, FieldFault, Refusal, Result},
        locale::Message,
        op::Op,
        policy::{Action, Caller},
        tx::{Attempt, Change, FieldChange, Outcome, Tx},
    },
    territory,
};

/// An account to be created.
#[derive(Clone)]
pub struct NewUser {
    /// The name to sign in with.
    pub username: String,
    /// The name to show.
    pub display_name: String,
    /// The password.
    pub password: String,
    /// The roles.
    pub roles: Vec<Role>,
    /// Where they hold, by code: `VN` for the whole country; without one only for administrators and security officers.
    pub area: Option<String>,
}

/// What changes of an account; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct UserPatch {
    /// The name to show.
    pub display_name: Option<String>,
    /// The roles.
    pub roles: Option<Vec<Role>>,
    /// Where they hold, by code.
    pub area: Option<String>,
    /// Whether it may sign in.
    pub active: Option<bool>,
}

/// There is no such user, or the caller may not see it.
pub fn no_such_user() -> Refusal {
    Refusal::new(Code::NotFound, Message::new("Không có người dùng này.", "There is no such user."))
}

fn names(roles: &[Role]) -> String {
    roles.iter().map(ActiveEnum::to_value).collect::<Vec<_>>().join(", ")
}

/// Creates an account.
///
/// # Errors
/// BAD_USER_INPUT for a name that is taken or cannot be, a password that is guessed, an unknown area; FORBIDDEN for roles or an area
/// that the caller does not have.
pub async fn create(op: &Op, order: NewUser) -> Result<UserId> {
    let permit = op.permit(Action::CreateUser)?;
    let mut order = order;
    order.roles.sort_by_key(|role| *role as u8);
    order.roles.dedup();
    let mut faults: Vec<FieldFault> = rules::check_roles(&order.roles, order.area.is_some());
    faults.extend(rules::check_username("username", &order.username));
    faults.extend(rules::check_name("displayName", &order.display_name));
    faults.extend(rules::check_password("password", &order.password, &[&order.username]));
    Refusal::unless_empty(faults)?;
    rules::check_grant(op.caller(), &order.roles)?;
    let hash = password::hash(op.app().renewing(), &order.password).await?;
    op.write(permit, async |tx, permit| {
        if store::is_taken(tx, &order.username).await? {
            let taken = Message::new("Tên đăng nhập này đã có người dùng.", "This user name is taken.");
            return Err(Refusal::field("username", "TAKEN", taken).into());
        }
        let area = super::area(tx, order.area.as_deref(), op.today()).await?;
        let placed = permit.at(area)?;
        let id = store::insert_user(tx, &order, area, &hash).await?;
        let fields = vec![
            FieldChange::new("displayName", &order.display_name),
            FieldChange::new("roles", names(&order.roles)),
            FieldChange::new("area", order.area.clone().unwrap_or_else(|| super::COUNTRY.to_owned())),
            FieldChange::secret("password"),
        ];
        let change = Change::audited(ChangeAction::Created, format!("user:{}", order.username), id).with(fields);
        Ok(Outcome::changed(placed, id, vec![change]))
    })
    .await
}

/// Changes an account that has not changed since the caller saw it. One that is disabled, or loses a role, is so at once.
///
/// # Errors
/// NOT_FOUND, PRECONDITION_FAILED with another version; CONFLICT for the last administrator; as [`create`].
pub async fn update(op: &Op, id: UserId, version: i32, patch: UserPatch) -> Result<()> {
    let permit = op.permit(Action::UpdateUser)?;
    let mut faults = vec![];
    if let Some(roles) = &patch.roles {
        faults.extend(rules::check_roles(roles, true));
        rules::check_grant(op.caller(), roles)?;
    }
    faults.extend(patch.display_name.as_deref().and_then(|name| rules::check_name("displayName", name)));
    Refusal::unless_empty(faults)?;
    op.write(permit, async |tx, permit| {
        let before = seen(op, tx, id).await?;
        let mut after = before.clone();
        let mut unlocked = 0_u64;
        if let Some(name) = &patch.display_name {
            after.display_name = crate::kernel::text::clean(name);
        }
        if let Some(roles) = &patch.roles {
            let mut roles = roles.clone();
            roles.sort_by_key(|role| *role as u8);
            roles.dedup();
            after.roles.0 = roles.iter().map(ActiveEnum::to_value).collect();
        }
        if let Some(code) = &patch.area {
            after.area_id = super::area(tx, Some(code), op.today()).await?;
        }
        if let Some(active) = patch.active {
            if active {
                // Whoever may sign in again is not kept out by what was before.
                (after.failures, after.locked_until) = (0, None);
                unlocked = origin::unlock(tx, id).await?;
                after.enabled_at = if before.active { before.enabled_at } else { op.now() };
            }
            after.active = active;
        }
        // Roles of an area do not become the country's by leaving the area out.
        let had_area = before.area_id.is_some() || !rules::check_roles(&store::roles(&before.roles), false).is_empty();
        if patch.roles.is_some() && patch.area.is_none() && !had_area {
            Refusal::unless_empty(rules::check_roles(&store::roles(&after.roles), false))?;
        }
        let placed = permit.at_all([before.area_id, after.area_id])?;
        Refusal::unless_current(before.version, version)?;
        let admin = store::is_country_admin;
        if admin(&before) && !admin(&after) && store::other_admins(tx, id).await?.is_empty() {
            return Err(Refusal::new(
                Code::Conflict,
                Message::new(
                    "Đây là quản trị viên cuối cùng của cả nước; hãy trao quyền cho người khác trước.",
                    "This is the last administrator of the whole country; make another one first.",
                ),
            )
            .into());
        }
        let fields: Vec<FieldChange> = [
            FieldChange::of("displayName", Some(before.display_name.clone()), Some(after.display_name.clone())),
            FieldChange::of("roles", Some(before.roles.0.join(", ")), Some(after.roles.0.join(", "))),
            FieldChange::of(
                "area",
                before.area_id.map(|id| id.0.to_string()),
                after.area_id.map(|id| id.0.to_string()),
            ),
            FieldChange::of("active", Some(before.active), Some(after.active)),
            FieldChange::of("lockedUntil", before.locked_until, after.locked_until),
            FieldChange::of("lockedAddresses", Some(unlocked), Some(0_u64)),
        ]
        .into_iter()
        .flatten()
        .collect();
        if fields.is_empty() {
            return Ok(Outcome::unchanged(()));
        }
        if !store::change_user(tx, &before, after.clone()).await? {
            return Err(Refusal::changed_since(before.version).into());
        }
        if !after.active {
            store::end_sessions(tx, Sessions::Of(id), "DISABLED").await?;
        }
        let change = Change::audited(ChangeAction::Updated, format!("user:{}", before.username), id).with(fields);
        Ok(Outcome::changed(placed, (), vec![change]))
    })
    .await
}

/// A user that the caller sees, as the transaction does: one that the caller does not is none.
async fn seen(op: &Op, tx: &Tx, id: UserId) -> Result<user_account::Model> {
    let found = tx.first(store::visible(op).filter(user_account::Column::Id.eq(id))).await?;
    Ok(found.ok_or_else(no_such_user)?)
}

/// Gives somebody another password, which ends a lock-out and all sessions.
///
/// # Errors
/// NOT_FOUND; BAD_USER_INPUT for a password that is guessed or was had before.
pub async fn reset_password(op: &Op, id: UserId, new: &str) -> Result<()> {
    let permit = op.permit(Action::ResetPassword)?;
    let Some(user) = op.first(store::visible(op).filter(user_account::Column::Id.eq(id))).await? else {
        // Through the door, which writes down that it was tried.
        return op.write(permit, async |_, _| Err(no_such_user().into())).await;
    };
    check_new(&user, new)?;
    let hash = new_password(op, &user, new, None).await?;
    op.write(permit, async |tx, permit| {
        let user = store::user(tx, id).await?.ok_or_else(no_such_user)?;
        let placed = permit.at(user.area_id)?;
        store::change_password(tx, &user, &hash).await?;
        origin::unlock(tx, id).await?;
        store::end_sessions(tx, Sessions::Of(id), "PASSWORD_RESET").await?;
        let change = Change::audited(ChangeAction::Updated, format!("user:{}", user.username), id)
            .with(vec![FieldChange::secret("password")]);
        Ok(Outcome::changed(placed, (), vec![change]))
    })
    .await
}

/// Changes the caller's own password, which ends all of the caller's sessions.
///
/// # Errors
/// BAD_USER_INPUT when the current one is wrong, or the new one is guessed or was had before.
pub async fn change_password(op: &Op, current: &str, new: &str) -> Result<()> {
    let permit = op.permit(Action::ChangePassword)?;
    let Caller::User(caller) = op.caller() else { return Err(no_such_user().into()) };
    let user = store::visible_to_sign_in(op, &caller.username).await?.ok_or_else(no_such_user)?;
    // What costs nothing to find out comes before any hash.
    check_new(&user, new)?;
    if password::prepared(current) == password::prepared(new) {
        return Err(used_before().into());
    }
    let right = password::is(op.app().renewing(), current, Some(&user.password_hash)).await?;
    let hash = if right { Some(new_password(op, &user, new, Some(&user.password_hash)).await?) } else { None };
    let compared = user.password_hash;
    let done = op
        .write(permit, async |tx, permit| {
            let user = store::user(tx, caller.id).await?.ok_or_else(no_such_user)?;
            // The password may have been changed since it was compared.
            if user.password_hash != compared {
                return Err(super::session::no_longer().into());
            }
            let resource = format!("user:{}", user.username);
            let Some(hash) = &hash else {
                // Whoever has somebody's token does not get to try passwords with it.
                let from = origin::of(op, tx, &user).await?;
                if from.failed(tx, &user).await? {
                    store::end_sessions(tx, Sessions::Of(user.id), "LOCKED").await?;
                }
                let attempt = Attempt {
                    action: Action::ChangePassword,
                    resource: Some(resource),
                    outcome: AuditOutcome::Failed,
                    reason: "WRONG_PASSWORD",
                };
                return Ok(Outcome::tried(false, attempt, 1));
            };
            store::change_password(tx, &user, hash).await?;
            store::end_sessions(tx, Sessions::Of(user.id), "PASSWORD_CHANGED").await?;
            let change =
                Change::audited(ChangeAction::Updated, resource, user.id).with(vec![FieldChange::secret("password")]);
            Ok(Outcome::changed(permit.anywhere(), true, vec![change]))
        })
        .await?;
    match done {
        true => Ok(()),
        false => Err(Refusal::field(
            "currentPassword",
            "WRONG_PASSWORD",
            Message::new("Mật khẩu hiện tại không đúng.", "The current password is wrong."),
        )
        .into()),
    }
}

/// The path of a password that an account gets.
const NEW: &str = "newPassword";

fn check_new(user: &user_account::Model, new: &str) -> Result<()> {
    Ok(Refusal::unless_empty(rules::check_password(NEW, new, &[&user.username]).into_iter().collect())?)
}

fn used_before() -> Refusal {
    let count = rules::REMEMBERED_PASSWORDS;
    let used = Message::new(
        format!("Mật khẩu này đã dùng; không được dùng lại {count} mật khẩu gần nhất."),
        format!("This password was used before; none of the last {count} may be used again."),
    );
    Refusal::field(NEW, "USED_BEFORE", used)
}

/// The hash of a password that may be taken. One that it is known not to be, by its hash, is not compared again.
async fn new_password(op: &Op, user: &user_account::Model, new: &str, not: Option<&str>) -> Result<String> {
    let mut before = store::visible_passwords(op, user.id).await?;
    before.retain(|hash| not != Some(hash));
    Ok(password::hash_unless(op.app().renewing(), new, before).await?.ok_or_else(used_before)?)
}

/// Ends somebody's sessions; answers how many there were.
///
/// # Errors
/// NOT_FOUND; BAD_USER_INPUT without a reason.
pub async fn end_sessions(op: &Op, id: UserId, reason: &str) -> Result<u64> {
    let permit = op.permit(Action::EndSessions)?;
    rules::check_reason(reason)?;
    op.write(permit, async |tx, permit| {
        let user = seen(op, tx, id).await?;
        let placed = permit.at(user.area_id)?;
        let ended = store::end_sessions(tx, Sessions::Of(id), "ENDED").await?;
        let fields = vec![FieldChange::new("reason", reason), FieldChange::new("ended", ended.to_string())];
        let change = Change::audited(ChangeAction::Updated, format!("user:{}", user.username), id).with(fields);
        Ok(Outcome::changed(placed, ended, vec![change]))
    })
    .await
}

/// The user with a name, for whoever may see it.
///
/// # Errors
/// NOT_FOUND.
pub async fn named(op: &Op, username: &str) -> Result<user_account::Model> {
    op.may(Action::ReadUsers)?;
    let query = store::visible(op).filter(store::any_case(username));
    Ok(store::spelled(op.find(query).await?, username).ok_or_else(no_such_user)?)
}

/// The user names of accounts that differ only by case. Releases before this one told them apart: they stay several, and each signs in
/// only as it is spelled.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN; the database's.
pub async fn differing_by_case(op: &Op) -> Result<Vec<Vec<String>>> {
    op.may(Action::ReadUsers)?;
    let mut names = BTreeMap::<String, Vec<String>>::new();
    for user in op.find(store::visible(op)).await? {
        names.entry(user.username.to_ascii_lowercase()).or_default().push(user.username);
    }
    Ok(names.into_values().filter(|same| same.len() > 1).collect())
}

/// An account as it is listed.
pub struct Listed {
    /// The name to sign in with.
    pub username: String,
    /// The code of its area; none: the country.
    pub area: Option<String>,
    /// Whether it may sign in.
    pub active: bool,
    /// The roles.
    pub roles: String,
}

/// All users that the caller sees, by name.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN; the database's.
pub async fn list(op: &Op) -> Result<Vec<Listed>> {
    op.may(Action::ReadUsers)?;
    let mut users = op.find(store::visible(op)).await?;
    users.sort_by(|a, b| a.username.cmp(&b.username));
    let units = territory::store::by_ids(op, users.iter().filter_map(|user| user.area_id)).await?;
    let listed = |user: user_account::Model| Listed {
        area: user.area_id.and_then(|id| units.get(&id)).map(|unit| unit.code.clone()),
        username: user.username,
        active: user.active,
        roles: user.roles.0.join(", "),
    };
    Ok(users.into_iter().map(listed).collect())
}
