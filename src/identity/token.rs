//! Access tokens (mã truy cập): issuing and verifying them, and finding the caller that they authenticate.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use entity::{
    ids::{AgencyId, SessionId, UnitId},
    kinds::{AdministrativeLevel, AuditOutcome},
    user_account,
};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256, Sha512};

use super::{failures, recheck, store};
use crate::{
    agency,
    kernel::{
        chain::hex,
        client_scope::ClientScope,
        clock::random,
        error::{Broken, Result},
        failures::Failure,
        op::Op,
        policy::{Action, Area, Caller, Client, User},
        token::{Fault, check_times},
    },
    territory,
};

/// The type of access tokens (RFC 9068).
const ACCESS: &str = "at+jwt";

/// The client id in the tokens of users. They sign in to this service itself, not through a registered client.
const FIRST_PARTY: &str = "lienthong";

/// The claims of an access token (RFC 9068).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    aud: String,
    sub: String,
    client_id: String,
    exp: i64,
    iat: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    /// The id of the token, by which it can be revoked.
    pub jti: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    roles: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    area: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<i64>,
}

impl Claims {
    /// The expiry time.
    pub fn expires_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.exp, 0).unwrap_or_default()
    }
    /// The client that the token was issued to.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }
}

/// Generates a random secret of 256 bits, after a prefix that tells what kind of secret it is.
///
/// # Errors
/// If the operating system provides no random numbers.
pub fn secret(prefix: &str) -> Result<String> {
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random::<32>()?)))
}

/// The hash under which a secret is stored. One round of SHA-256 is enough, because a secret has 256 random bits.
pub fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret))
}

/// Encrypts or decrypts a secret of at most 64 bytes with a key, by XOR with the key's hash. The key must be as random as
/// the secret and used for nothing else.
pub fn seal(secret: &[u8], with: &str) -> Vec<u8> {
    let pad = Sha512::digest(format!("successor of {with}"));
    secret.iter().zip(pad.iter()).map(|(byte, pad)| byte ^ pad).collect()
}

/// The caller for a user in a session.
///
/// # Errors
/// Database errors.
pub async fn caller(op: &Op, user: &user_account::Model, session: SessionId) -> Result<Caller> {
    let area = area(op, user.area_id).await?;
    let roles = store::roles(&user.roles);
    let recheck = recheck::of_user(session, &roles, user.area_id, op.now());
    Ok(Caller::User(User { id: user.id, username: user.username.clone(), roles, area, session, recheck }.into()))
}

async fn area(op: &Op, unit: Option<UnitId>) -> Result<Option<Area>> {
    let Some(unit) = unit else { return Ok(None) };
    let (version, units) =
        territory::store::area(op, unit).await?.ok_or_else(|| Broken::new("an area that is no unit"))?;
    Ok(Some(Area { unit, version, units: units.into() }))
}

fn claims(op: &Op, sub: String, client_id: &str) -> Result<Claims> {
    let settings = op.app().settings();
    Ok(Claims {
        iss: settings.public_url.clone(),
        aud: settings.public_url.clone(),
        sub,
        client_id: client_id.to_owned(),
        exp: (op.now() + settings.access_token).timestamp(),
        iat: op.now().timestamp(),
        nbf: None,
        jti: URL_SAFE_NO_PAD.encode(random::<16>()?),
        roles: vec![],
        area: None,
        scope: None,
        sid: None,
    })
}

/// Issues an access token for a user.
///
/// # Errors
/// If the token cannot be signed.
pub fn for_user(op: &Op, user: &user_account::Model, session: SessionId) -> Result<String> {
    let claims = Claims {
        roles: user.roles.0.clone(),
        area: user.area_id.map(|id| id.0),
        sid: Some(session.0),
        ..claims(op, format!("user:{}", user.id.0), FIRST_PARTY)?
    };
    op.app().keys()?.sign(ACCESS, &claims)
}

/// Issues an access token for a client.
///
/// # Errors
/// If the token cannot be signed.
pub fn for_client(op: &Op, client_id: &str, scopes: &[ClientScope]) -> Result<String> {
    let scope = scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" ");
    let claims = Claims { scope: Some(scope), ..claims(op, client_id.to_owned(), client_id)? };
    op.app().keys()?.sign(ACCESS, &claims)
}

/// Verifies a token's signature, issuer, audience and times, and returns its claims.
///
/// # Errors
/// The inner result says why the token is invalid.
pub fn open(op: &Op, token: &str) -> Result<std::result::Result<Claims, Fault>> {
    let claims: Claims = match op.app().keys()?.open(ACCESS, token) {
        Ok(claims) => claims,
        Err(fault) => return Ok(Err(fault)),
    };
    let ours = &op.app().settings().public_url;
    Ok(if claims.iss != *ours {
        Err(Fault("WRONG_ISSUER"))
    } else if claims.aud != *ours {
        Err(Fault("WRONG_AUDIENCE"))
    } else {
        check_times(op.now(), claims.iat, claims.nbf, claims.exp).map(|()| claims)
    })
}

/// The caller that a token authenticates now. Roles and area come from the database, not from the token.
///
/// # Errors
/// Database errors. The inner result says why the token authenticates nobody. A token that verifies but is no longer
/// accepted is audited.
pub async fn bearer(op: &Op, token: &str) -> Result<std::result::Result<Caller, Fault>> {
    Ok(verified(op, token).await?.map(|known| known.caller))
}

/// The caller that a token authenticates, and until when.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The caller.
    pub caller: Caller,
    /// The end of the token, of its session or of its client, whichever comes first. A revocation may end it earlier.
    pub until: DateTime<Utc>,
}

/// As [`bearer`], and also returns until when the token authenticates.
///
/// # Errors
/// As for [`bearer`].
pub async fn verified(op: &Op, token: &str) -> Result<std::result::Result<Verified, Fault>> {
    let claims = match open(op, token)? {
        Ok(claims) => claims,
        Err(fault) => return Ok(Err(fault)),
    };
    let (resource, known) = match claims.sid {
        Some(session) => user_bearer(op, &claims, SessionId(session)).await?,
        None => (format!("client:{}", claims.client_id), client_bearer(op, &claims).await?),
    };
    if let Err(fault) = &known {
        let action = Action::UseToken;
        let failure = Failure { action, resource: Some(resource), outcome: AuditOutcome::Denied, reason: fault.0 };
        failures::record(op, failure).await?;
    }
    Ok(known)
}

async fn user_bearer(
    op: &Op,
    claims: &Claims,
    id: SessionId,
) -> Result<(String, std::result::Result<Verified, Fault>)> {
    let Some((session, user)) = store::visible_to_bearer(op, id).await? else {
        return Ok((claims.sub.clone(), Err(Fault("UNKNOWN_SESSION"))));
    };
    let known = if claims.sub != format!("user:{}", user.id.0) {
        Err(Fault("UNKNOWN_SESSION"))
    } else if !user.active {
        Err(Fault("DISABLED"))
    } else if session.ended_at.is_some() || session.expires_at <= op.now() {
        Err(Fault("SESSION_ENDED"))
    } else {
        let until = claims.expires_at().min(session.expires_at);
        Ok(Verified { caller: caller(op, &user, session.id).await?, until })
    };
    Ok((format!("user:{}", user.username), known))
}

async fn client_bearer(op: &Op, claims: &Claims) -> Result<std::result::Result<Verified, Fault>> {
    let Some(client) = store::visible_to_authenticate(op, &claims.client_id).await? else {
        return Ok(Err(Fault("UNKNOWN_CLIENT")));
    };
    if !client.active || client.valid_to.is_some_and(|until| until <= op.now()) {
        return Ok(Err(Fault("DISABLED")));
    }
    if store::visible_revocation(op, &claims.jti).await? {
        return Ok(Err(Fault("REVOKED")));
    }
    let allowed = store::scopes(&client.scopes);
    let asked = claims.scope.as_deref().unwrap_or_default().split(' ').filter_map(ClientScope::named);
    let scopes: Vec<ClientScope> = asked.filter(|scope| allowed.contains(scope)).collect();
    let unit = match client.agency_id {
        Some(agency) => agency_area(op, agency).await?,
        None => None,
    };
    let area = client_area(op, unit).await?;
    let recheck = recheck::of_client(client.id, &claims.jti, &scopes, unit, op.now());
    let until = client.valid_to.unwrap_or(DateTime::<Utc>::MAX_UTC).min(claims.expires_at());
    let caller = Caller::Client(Client { id: client.id, client_id: client.client_id, scopes, area, recheck }.into());
    Ok(Ok(Verified { caller, until }))
}

/// The area of an agency; `None` if it belongs to none.
async fn agency_area(op: &Op, id: AgencyId) -> Result<Option<UnitId>> {
    let agency = op.first(agency::store::visible(op).filter(entity::agency::Column::Id.eq(id))).await?;
    Ok(agency.ok_or_else(|| Broken::new("a client of an agency that is not there"))?.area_id)
}

/// The area in which a client's scopes apply: that of its agency. `None` means the whole country, for a client without an
/// agency and for an agency of the whole country; only an administrator of the whole country may create such a client.
async fn client_area(op: &Op, agency_lies_in: Option<UnitId>) -> Result<Option<Area>> {
    let Some(unit) = agency_lies_in else { return Ok(None) };
    match territory::store::by_ids(op, [unit]).await?.get(&unit) {
        Some(unit) if unit.level == AdministrativeLevel::Country => Ok(None),
        _ => area(op, Some(unit)).await,
    }
}
