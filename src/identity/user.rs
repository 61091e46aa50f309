//! User accounts (tài khoản): creating, changing and listing them.

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

/// Input for a new account.
#[derive(Clone)]
pub struct NewUser {
    /// The user name.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// The initial password.
    pub password: String,
    /// The roles.
    pub roles: Vec<Role>,
    /// The code of the area in which the roles apply; `VN` for the whole country. `None` also means the whole country, and
    /// is allowed only for administrators and security officers.
    pub area: Option<String>,
}

/// Changes to an account. Omitted fields keep their value.
#[derive(Clone, Debug, Default)]
pub struct UserPatch {
    /// The display name.
    pub display_name: Option<String>,
    /// All roles.
    pub roles: Option<Vec<Role>>,
    /// The code of the area in which the roles apply.
    pub area: Option<String>,
    /// Whether the account may sign in.
    pub active: Option<bool>,
}

/// NOT_FOUND: there is no such user, or the caller may not see it.
pub fn no_such_user() -> Refusal {
    Refusal::new(Code::NotFound, Message::new("Không có người dùng này.", "There is no such user."))
}

fn names(roles: &[Role]) -> String {
    roles.iter().map(ActiveEnum::to_value).collect::<Vec<_>>().join(", ")
}

/// Creates an account.
///
/// # Errors
/// BAD_USER_INPUT for a name that is invalid or taken, a weak password, or an unknown area; FORBIDDEN for roles or an area
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

/// Changes an account, if it still has the expected version. Disabling it, or removing a role, takes effect immediately.
///
/// # Errors
/// NOT_FOUND; PRECONDITION_FAILED for another version; CONFLICT if no administrator of the whole country would remain; as
/// for [`create`].
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
                // Without this, an old lockout would keep the user out although an administrator has just let them in.
                (after.failures, after.locked_until) = (0, None);
                unlocked = origin::unlock(tx, id).await?;
                after.enabled_at = if before.active { before.enabled_at } else { op.now() };
            }
            after.active = active;
        }
        // Omitting the area must not give the whole country to roles that need an area. Without this, an ADMIN without an
        // area who becomes an EDITOR would edit everywhere.
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

/// Loads a user in the transaction. A user whom the caller may not see is NOT_FOUND.
async fn seen(op: &Op, tx: &Tx, id: UserId) -> Result<user_account::Model> {
    let found = tx.first(store::visible(op).filter(user_account::Column::Id.eq(id))).await?;
    Ok(found.ok_or_else(no_such_user)?)
}

/// Sets the password of a user. Ends the user's lockouts and all sessions.
///
/// # Errors
/// NOT_FOUND; BAD_USER_INPUT for a password that is weak or was used before.
pub async fn reset_password(op: &Op, id: UserId, new: &str) -> Result<()> {
    let permit = op.permit(Action::ResetPassword)?;
    let Some(user) = op.first(store::visible(op).filter(user_account::Column::Id.eq(id))).await? else {
        // In a write transaction, so that the attempt is audited.
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

/// Changes the caller's own password. Ends all sessions of the caller.
///
/// # Errors
/// BAD_USER_INPUT if the current password is wrong, or the new one is weak or was used before.
pub async fn change_password(op: &Op, current: &str, new: &str) -> Result<()> {
    let permit = op.permit(Action::ChangePassword)?;
    let Caller::User(caller) = op.caller() else { return Err(no_such_user().into()) };
    let user = store::visible_to_sign_in(op, &caller.username).await?.ok_or_else(no_such_user)?;
    // Cheap checks come before expensive hashes.
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
            // A concurrent request may have changed the password since it was compared.
            if user.password_hash != compared {
                return Err(super::session::no_longer().into());
            }
            let resource = format!("user:{}", user.username);
            let Some(hash) = &hash else {
                // Wrong passwords count towards the lockout. Without this, a stolen access token would allow unlimited
                // guesses.
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

/// The input path of a new password.
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

/// Hashes a new password, after comparing it with the previous ones. The hash `not` is skipped: the caller has already
/// found that the new password differs from it.
async fn new_password(op: &Op, user: &user_account::Model, new: &str, not: Option<&str>) -> Result<String> {
    let mut before = store::visible_passwords(op, user.id).await?;
    before.retain(|hash| not != Some(hash));
    Ok(password::hash_unless(op.app().renewing(), new, before).await?.ok_or_else(used_before)?)
}

/// Ends all sessions of a user. Returns how many there were.
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

/// Finds a user by name, among those whom the caller may see.
///
/// # Errors
/// NOT_FOUND.
pub async fn named(op: &Op, username: &str) -> Result<user_account::Model> {
    op.may(Action::ReadUsers)?;
    let query = store::visible(op).filter(store::any_case(username));
    Ok(store::spelled(op.find(query).await?, username).ok_or_else(no_such_user)?)
}

/// The groups of user names that differ only by case. Earlier releases allowed them. Such accounts stay separate, and each
/// signs in with its exact spelling only.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN; database errors.
pub async fn differing_by_case(op: &Op) -> Result<Vec<Vec<String>>> {
    op.may(Action::ReadUsers)?;
    let mut names = BTreeMap::<String, Vec<String>>::new();
    for user in op.find(store::visible(op)).await? {
        names.entry(user.username.to_ascii_lowercase()).or_default().push(user.username);
    }
    Ok(names.into_values().filter(|same| same.len() > 1).collect())
}

/// An account in the list of the command line.
pub struct Listed {
    /// The user name.
    pub username: String,
    /// The code of its area; `None` means the whole country.
    pub area: Option<String>,
    /// Whether the account may sign in.
    pub active: bool,
    /// The roles, separated by commas.
    pub roles: String,
}

/// All users whom the caller may see, ordered by name.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN; database errors.
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
