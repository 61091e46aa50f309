//! API clients (hệ thống tích hợp): their secrets, and the access tokens that they request with them.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use chrono::{DateTime, Duration, Utc};
use entity::{
    api_client,
    ids::ApiClientId,
    kinds::{AuditOutcome, ChangeAction},
};
use sea_orm::{ColumnTrait, QueryFilter};

use super::{failures, rules, store, token};
use crate::{
    agency,
    kernel::{
        chain::hex,
        client_scope::ClientScope,
        clock::random,
        error::{Code, Refusal, Result},
        failures::Failure,
        locale::Message,
        op::Op,
        policy::Action,
        tx::{Change, FieldChange, Outcome, Tx},
    },
};

/// How long a secret stays valid after a new one was issued.
const OVERLAP: Duration = Duration::days(1);

/// Input for a new client.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// The name.
    pub name: String,
    /// The code of the agency that the client belongs to.
    pub agency: Option<String>,
    /// The names of the scopes that its tokens may have.
    pub scopes: Vec<String>,
    /// The expiry time; `None` if it does not expire.
    pub valid_to: Option<DateTime<Utc>>,
}

fn no_such_client() -> Refusal {
    Refusal::new(Code::NotFound, Message::new("Không có hệ thống tích hợp này.", "There is no such client."))
}

/// Creates a client. Returns its secret, which is stored only as a hash and cannot be read again.
///
/// # Errors
/// BAD_USER_INPUT for an unknown agency or scope, or an expiry time in the past; FORBIDDEN for an agency outside the
/// caller's area.
pub async fn create(op: &Op, order: NewClient) -> Result<(ApiClientId, String)> {
    let permit = op.permit(Action::CreateApiClient)?;
    let mut faults: Vec<_> = rules::check_name("name", &order.name).into_iter().collect();
    if order.valid_to.is_some_and(|until| until <= op.now()) {
        faults.push(crate::kernel::error::FieldFault {
            path: "validTo".to_owned(),
            code: "PAST",
            message: Message::new("Thời hạn đã qua.", "This end is past already."),
        });
    }
    Refusal::unless_empty(faults)?;
    let scopes = rules::scopes(&order.scopes)?;
    let secret = token::secret(SECRET)?;
    let id = op
        .write(permit, async |tx, permit| {
            let agency = match &order.agency {
                Some(code) => Some(agency::resolve(tx, "agency", code).await?),
                None => None,
            };
            let placed = permit.at(store::client_area(tx, agency).await?)?;
            let client_id = format!("c_{}", hex(&random::<8>()?));
            let id = store::insert_client(tx, &client_id, &order.name, agency, &scopes, order.valid_to).await?;
            store::insert_secret(tx, id, &token::hash(&secret)).await?;
            let fields = vec![
                FieldChange::new("name", &order.name),
                FieldChange::new("agency", order.agency.clone().unwrap_or_default()),
                FieldChange::new("scopes", scopes.iter().map(|s| s.name()).collect::<Vec<_>>().join(" ")),
                FieldChange::secret("secret"),
            ];
            let change = Change::audited(ChangeAction::Created, format!("client:{client_id}"), id).with(fields);
            Ok(Outcome::changed(placed, id, vec![change]))
        })
        .await?;
    Ok((id, secret))
}

/// The prefix of client secrets.
const SECRET: &str = "cs_";

/// Loads a client in the transaction. A client that the caller may not see is NOT_FOUND.
async fn seen(op: &Op, tx: &Tx, id: ApiClientId) -> Result<api_client::Model> {
    let found = tx.first(store::visible_clients(op).filter(api_client::Column::Id.eq(id))).await?;
    Ok(found.ok_or_else(no_such_client)?)
}

/// Issues a new secret and returns it. The previous secret stays valid for one more day; older ones end now.
///
/// # Errors
/// NOT_FOUND; CONFLICT for a revoked client.
pub async fn rotate(op: &Op, id: ApiClientId) -> Result<String> {
    let permit = op.permit(Action::RotateClientSecret)?;
    let secret = token::secret(SECRET)?;
    op.write(permit, async |tx, permit| {
        let client = seen(op, tx, id).await?;
        let placed = permit.at(store::client_area(tx, client.agency_id).await?)?;
        if !client.active {
            let revoked = Message::new("Hệ thống tích hợp này đã bị thu hồi.", "This client was revoked.");
            return Err(Refusal::new(Code::Conflict, revoked).into());
        }
        let until = op.now() + OVERLAP;
        for (n, old) in store::secrets(tx, id).await?.into_iter().enumerate() {
            let ends = if n + 1 < rules::LIVE_SECRETS { until } else { op.now() };
            if old.expires_at.is_none_or(|at| at > ends) {
                store::end_secret(tx, old.id, ends).await?;
            }
        }
        store::insert_secret(tx, id, &token::hash(&secret)).await?;
        store::change_client(tx, &client, true).await?;
        let change = Change::audited(ChangeAction::Updated, format!("client:{}", client.client_id), id)
            .with(vec![FieldChange::secret("secret")]);
        Ok(Outcome::changed(placed, (), vec![change]))
    })
    .await?;
    Ok(secret)
}

/// Revokes a client. Its secrets and tokens become invalid.
///
/// # Errors
/// NOT_FOUND; PRECONDITION_FAILED for another version; BAD_USER_INPUT without a reason.
pub async fn revoke(op: &Op, id: ApiClientId, version: Option<i32>, reason: &str) -> Result<()> {
    let permit = op.permit(Action::RevokeApiClient)?;
    rules::check_reason(reason)?;
    op.write(permit, async |tx, permit| {
        let client = seen(op, tx, id).await?;
        let placed = permit.at(store::client_area(tx, client.agency_id).await?)?;
        if version.is_some_and(|version| version != client.version) {
            return Err(Refusal::changed_since(client.version).into());
        }
        if !client.active {
            return Ok(Outcome::unchanged(()));
        }
        store::change_client(tx, &client, false).await?;
        let fields = [
            FieldChange::of("active", Some("true".to_owned()), Some("false".to_owned())),
            Some(FieldChange::new("reason", reason)),
        ];
        let change = Change::audited(ChangeAction::Updated, format!("client:{}", client.client_id), id)
            .with(fields.into_iter().flatten().collect());
        Ok(Outcome::changed(placed, (), vec![change]))
    })
    .await
}

/// The error of a token request, as defined by RFC 6749.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoToken {
    /// The client is unknown, revoked or expired, or the secret is wrong.
    InvalidClient,
    /// The client does not have a requested scope, or there is no such scope.
    InvalidScope,
}

/// Authenticates a client by its credentials. Failures are audited.
async fn authenticated(op: &Op, action: Action, client_id: &str, secret: &str) -> Result<Option<api_client::Model>> {
    let known = store::visible_to_authenticate(op, client_id).await?;
    let given = token::hash(secret);
    let reason = match &known {
        None => "UNKNOWN_CLIENT",
        Some(client) => {
            let good = store::visible_secrets(op, client.id).await?;
            let right = good.iter().any(|hash| verify_slices_are_equal(hash.as_bytes(), given.as_bytes()).is_ok());
            match () {
                () if !right => "WRONG_SECRET",
                () if !client.active => "DISABLED",
                () if client.valid_to.is_some_and(|until| until <= op.now()) => "EXPIRED",
                () => return Ok(known),
            }
        }
    };
    let resource = known.map(|client| format!("client:{}", client.client_id));
    failures::record(op, Failure { action, resource, outcome: AuditOutcome::Failed, reason }).await?;
    Ok(None)
}

/// Issues an access token to a client, with all its scopes or with the requested ones (RFC 6749, 4.4).
///
/// # Errors
/// Database errors. The inner result says why no token was issued.
pub async fn issue(
    op: &Op,
    client_id: &str,
    secret: &str,
    asked: Option<&str>,
) -> Result<std::result::Result<(String, Vec<ClientScope>), NoToken>> {
    let Some(client) = authenticated(op, Action::IssueToken, client_id, secret).await? else {
        return Ok(Err(NoToken::InvalidClient));
    };
    let allowed = store::scopes(&client.scopes);
    let scopes = match asked.map(str::trim).filter(|asked| !asked.is_empty()) {
        None => allowed,
        Some(asked) => {
            let asked: Option<Vec<ClientScope>> = asked.split_whitespace().map(ClientScope::named).collect();
            match asked.filter(|asked| asked.iter().all(|scope| allowed.contains(scope))) {
                Some(scopes) => scopes,
                None => return Ok(Err(NoToken::InvalidScope)),
            }
        }
    };
    let access = token::for_client(op, &client.client_id, &scopes)?;
    let permit = op.permit(Action::IssueToken)?;
    op.write(permit, async |_, permit| {
        let change = Change::audited(ChangeAction::Created, format!("client:{}", client.client_id), client.id);
        Ok(Outcome::changed(permit.anywhere(), (), vec![change]))
    })
    .await?;
    Ok(Ok((access, scopes)))
}

/// Revokes an access token of the client itself (RFC 7009). Other tokens are ignored.
///
/// # Errors
/// Database errors. The inner result says why the client was rejected.
pub async fn revoke_token(
    op: &Op,
    client_id: &str,
    secret: &str,
    given: &str,
) -> Result<std::result::Result<(), NoToken>> {
    let Some(client) = authenticated(op, Action::RevokeToken, client_id, secret).await? else {
        return Ok(Err(NoToken::InvalidClient));
    };
    let Some(claims) = token::open(op, given)?.ok().filter(|claims| claims.client_id() == client.client_id) else {
        return Ok(Ok(()));
    };
    let permit = op.permit(Action::RevokeToken)?;
    op.write(permit, async |tx, permit| {
        if !store::revoke_token(tx, &claims.jti, claims.expires_at()).await? {
            return Ok(Outcome::unchanged(()));
        }
        let change = Change::audited(ChangeAction::Deleted, format!("client:{}", client.client_id), client.id);
        Ok(Outcome::changed(permit.anywhere(), (), vec![change]))
    })
    .await?;
    Ok(Ok(()))
}
