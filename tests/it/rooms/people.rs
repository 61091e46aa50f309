//! People and systems who ask, in tests: each with a service to ask and a token to ask with.

use axum::{Router, http::Method};
use entity::kinds::Role;
use lienthong::{
    identity::user::{self, NewUser},
    kernel::{app::App, op::Op, policy::Caller},
};
use serde_json::{Value, json};

use crate::{
    harness::TestDb,
    http::{self, Answer},
};

/// Everybody's password.
pub const PASSWORD: &str = "mua xuan tren dinh nui";

/// Somebody, or something, that asks.
#[derive(Clone)]
pub struct Asker {
    pub service: Router,
    pub token: Option<String>,
}

impl Asker {
    /// Somebody who has not signed in.
    pub fn stranger(app: App) -> Self {
        Asker { service: http::service_of(app), token: None }
    }
    /// The same, with a token.
    pub fn with(&self, token: &str) -> Self {
        Asker { service: self.service.clone(), token: Some(token.to_owned()) }
    }
    /// Sends a query, in English.
    pub async fn send(&self, query: &str) -> Answer {
        self.post(&json!({ "query": query })).await
    }
    /// Sends a request, in English.
    pub async fn post(&self, request: &Value) -> Answer {
        let body = request.to_string();
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let mut headers = vec![("content-type", "application/json"), ("accept-language", "en")];
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        http::send(&self.service, Method::POST, "/graphql", &headers, body).await
    }
    /// The data that a query answers, which has no error.
    pub async fn ask(&self, query: &str) -> Value {
        let answer = self.send(query).await.json();
        assert_eq!(answer.get("errors"), None, "{query}: {answer}");
        answer["data"].clone()
    }
    /// The code of the one error that a query answers, and what it says.
    pub async fn refused(&self, query: &str) -> (String, String) {
        let answer = self.send(query).await.json();
        let error = &answer["errors"][0];
        assert_eq!(answer["errors"].as_array().map(Vec::len), Some(1), "{query}: {answer}");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&error["extensions"]["code"]), text(&error["message"]))
    }
    /// The codes of the bad fields of the one error that a mutation answers, by path below its input.
    pub async fn bad_fields(&self, query: &str) -> Vec<(String, String)> {
        let answer = self.send(query).await.json();
        let error = &answer["errors"][0]["extensions"];
        assert_eq!(error["code"], "BAD_USER_INPUT", "{query}: {answer}");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let path = |field: &Value| {
            let path = text(&field["path"]);
            path.strip_prefix("input.")
                .unwrap_or_else(|| panic!("{path} is no field of the input: {answer}"))
                .to_owned()
        };
        error["fields"].as_array().expect("fields").iter().map(|f| (path(f), text(&f["code"]))).collect()
    }
}

/// Creates an account, as whoever runs the program.
pub async fn create(app: &App, username: &str, roles: &[Role], area: Option<&str>) {
    let order = NewUser {
        username: username.to_owned(),
        display_name: username.to_owned(),
        password: PASSWORD.to_owned(),
        roles: roles.to_vec(),
        area: area.map(str::to_owned),
    };
    user::create(&Op::new(app, Caller::Operator, "test"), order).await.expect("the account is created");
}

/// What signing in asks for.
pub fn login(username: &str, password: &str) -> String {
    format!(
        "mutation {{ login(input: {{ username: {}, password: {} }}) {{ accessToken refreshToken expiresIn tokenType viewer {{ kind username roles area {{ code }} }} }} }}",
        json!(username),
        json!(password)
    )
}

/// Signs somebody in, of whom there is an account.
pub async fn sign_in(stranger: &Asker, username: &str) -> Asker {
    let answer = stranger.ask(&login(username, PASSWORD)).await;
    stranger.with(answer["login"]["accessToken"].as_str().expect("a token"))
}

/// Somebody new with some roles, signed in.
pub async fn somebody(db: &TestDb, username: &str, roles: &[Role], area: Option<&str>) -> Asker {
    let app = db.app().await;
    create(&app, username, roles, area).await;
    sign_in(&Asker::stranger(app), username).await
}
