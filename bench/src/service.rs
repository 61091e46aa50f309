//! The service under measurement: set up, started, signed in to.

use std::{
    fs::File,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    failure::{Result, doing},
    load::Request,
    process::{Process, run},
};

/// What is measured is the work, not the refusal of too much of it; and nothing else is to go on meanwhile.
const SETTINGS: [(&str, &str); 20] = [
    ("LIENTHONG_LIMITS_POINTS_ANONYMOUS", "1000000000"),
    ("LIENTHONG_LIMITS_POINTS_VIEWER", "1000000000"),
    ("LIENTHONG_LIMITS_POINTS_EDITOR", "1000000000"),
    ("LIENTHONG_LIMITS_POINTS_APPROVER", "1000000000"),
    ("LIENTHONG_LIMITS_POINTS_REGISTRAR", "1000000000"),
    ("LIENTHONG_LIMITS_POINTS_SECURITY_OFFICER", "1000000000"),
    ("LIENTHONG_LIMITS_POINTS_ADMIN", "1000000000"),
    ("LIENTHONG_LIMITS_POINTS_CLIENT", "1000000000"),
    ("LIENTHONG_LIMITS_CONNECTIONS", "10000"),
    ("LIENTHONG_LIMITS_CONNECTIONS_ADDRESS", "10000"),
    ("LIENTHONG_LIMITS_SIGN_INS", "100000"),
    ("LIENTHONG_LIMITS_BODY_BYTES_ANONYMOUS", "1048576"),
    ("LIENTHONG_ACCESS_TOKEN_MINUTES", "1440"),
    ("LIENTHONG_AUDIT_DAYS", "36500"),
    ("LIENTHONG_CHANGES_DAYS", "36500"),
    ("LIENTHONG_EXCHANGES_DAYS", "36500"),
    ("LIENTHONG_IDLE_DAYS", "36500"),
    ("LIENTHONG_PROBE_SECONDS", "0"),
    ("LIENTHONG_LISTEN", "127.0.0.1:0"),
    ("LIENTHONG_LOG", "info"),
];

/// Where the service keeps its data, and how it is started.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The program.
    pub program: PathBuf,
    /// Its data directory.
    pub folder: PathBuf,
    /// The PostgreSQL database; without one an SQLite file in the folder.
    pub url: Option<String>,
    /// Whether requests are limited as they are by default.
    pub default_limits: bool,
}

impl Setup {
    fn command(&self, step: &str) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LIENTHONG_")) {
            command.env_remove(name);
        }
        let set = SETTINGS.into_iter().filter(|(name, _)| !self.default_limits || !name.contains("_LIMITS_"));
        command.arg(step).envs(set).env("LIENTHONG_DATA_DIR", &self.folder);
        if let Some(url) = &self.url {
            command.env("LIENTHONG_DATABASE_URL", url);
        }
        command
    }
    /// Creates the tables and loads the bundled data.
    pub fn prepare(&self) -> Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        run(&mut self.command("migrate"))?;
        run(&mut self.command("seed")).map(drop)
    }
    /// Starts the service.
    pub fn start(&self) -> Result<Service> {
        let log = File::create(self.folder.join("service.log")).map_err(doing("the log of the service"))?;
        let began = Instant::now();
        let process = Process::start(self.command("serve").stderr(log), "/graphql")?;
        let address = process.said.split_once("http://").and_then(|(_, rest)| rest.split_once('/'));
        let address = address.ok_or("the service does not say its address")?.0.to_owned();
        let service = Service { process, address, ready: Duration::ZERO };
        loop {
            let ready = crate::load::once(&service.address, Request::get("/readyz"));
            if ready.is_ok_and(|(status, _)| status == 200) {
                return Ok(Service { ready: began.elapsed(), ..service });
            }
            if began.elapsed() > Duration::from_secs(60) {
                return Err("the service does not become ready".into());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    /// Creates an editor of Hà Nội; answers the password.
    pub fn create_editor(&self, name: &str) -> Result<String> {
        let mut command = self.command("user");
        let made = run(command.args(["create", "--username", name, "--role", "editor", "--area", "01"]))?;
        let password = made.lines().find_map(|line| line.strip_prefix("Password: "));
        Ok(password.ok_or("no password was made")?.trim().to_owned())
    }
}

/// The running service.
pub struct Service {
    /// Its process.
    pub process: Process,
    /// Where it listens.
    pub address: String,
    /// How long it took to become ready.
    pub ready: Duration,
}

/// A request with a document and variables.
pub fn graphql(document: &str, variables: &Value, token: Option<&str>) -> Request {
    let body = json!({ "query": document, "variables": variables }).to_string();
    let mut request = Request::post("/graphql", "application/json", body.into());
    request.headers.push(("accept", "application/graphql-response+json".to_owned()));
    if let Some(token) = token {
        request.headers.push(("authorization", format!("Bearer {token}")));
    }
    request
}

/// The `data` of an answer, which has no errors.
pub fn data(body: &[u8]) -> Result<Value> {
    let mut answer: Value = serde_json::from_slice(body).map_err(doing("an answer that is not JSON"))?;
    match answer.get("errors") {
        None => Ok(answer.get_mut("data").map(Value::take).ok_or("an answer without data")?),
        Some(errors) => Err(errors.to_string().chars().take(500).collect::<String>().into()),
    }
}

impl Service {
    /// Asks once; answers the data.
    pub fn ask(&self, document: &str, variables: &Value) -> Result<Value> {
        data(&crate::load::once(&self.address, graphql(document, variables, None))?.1)
    }
    /// Signs in; answers the access token.
    pub fn sign_in(&self, name: &str, password: &str) -> Result<String> {
        let document = "mutation ($name: String!, $password: String!) {
            login(input: { username: $name, password: $password }) { accessToken } }";
        let answer = self.ask(document, &json!({ "name": name, "password": password }))?;
        Ok(answer.pointer("/login/accessToken").and_then(Value::as_str).ok_or("no token")?.to_owned())
    }
    /// Pages through the active links; answers the cursor after so many, or after half of them where there are fewer.
    pub fn deep_cursor(&self, row: usize) -> Result<(String, String)> {
        let document = "query ($after: Cursor) { dataLinks(filter: { statuses: [ACTIVE] }, first: 200, after: $after) {
            totalCount edges { cursor node { code } } } }";
        let (mut after, mut read) = (Value::Null, 0);
        let mut last = None;
        loop {
            let page = self.ask(document, &json!({ "after": after }))?;
            let total = page.pointer("/dataLinks/totalCount").and_then(Value::as_u64).unwrap_or_default() as usize;
            let row = if total > row { row } else { total / 2 };
            for edge in page.pointer("/dataLinks/edges").and_then(Value::as_array).ok_or("no page")? {
                let text = |at: &str| edge.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
                read += 1;
                after = edge.get("cursor").cloned().unwrap_or_default();
                last = Some((text("/cursor"), text("/node/code")));
                if read == row {
                    return last.ok_or_else(|| "no links".into());
                }
            }
            if read >= total {
                return last.ok_or_else(|| "no links".into());
            }
        }
    }
}
