//! The program itself, as its user runs it, and a client of a few lines that speaks HTTP to it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

/// How long the program may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// A command of the program, with nothing configured.
pub fn lienthong(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lienthong"));
    command.args(args).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LIENTHONG_") {
            command.env_remove(name);
        }
    }
    if args.first() == Some(&"serve") {
        // A flag says otherwise where a test wants it: nothing listens on a port that the system did not give.
        command.env("LIENTHONG_LISTEN", "127.0.0.1:0");
    }
    command
}

/// Runs a command to its end.
pub fn run(args: &[&str]) -> Output {
    lienthong(args).output().expect("the program runs")
}

/// What a command that succeeds prints.
pub fn printed(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// What a command that fails says: one line, and exit code 1.
pub fn refused(args: &[&str]) -> String {
    said(run(args), args)
}

/// What a command that failed said: one line, and exit code 1.
pub fn said(output: Output, args: &[&str]) -> String {
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
    let told = |line: &&str| line.starts_with('{') || line.starts_with("warning: ");
    let errors: Vec<&str> = said.lines().filter(|line| !told(line)).collect();
    let [error] = errors.as_slice() else { panic!("{args:?} said not one line: {said}") };
    error.strip_prefix("error: ").unwrap_or_else(|| panic!("{args:?} said {said}")).to_owned()
}

/// A running `lienthong serve`, on a port that was free.
pub struct Serving {
    child: Child,
    /// `127.0.0.1:40123`.
    pub address: String,
    /// What it printed at its start.
    pub welcome: String,
    log: mpsc::Receiver<String>,
}

impl Serving {
    /// On an embedded database in a folder.
    pub fn embedded(folder: &Path) -> Self {
        Serving::start(&["--data-dir", &folder.display().to_string()])
    }
    /// With these flags.
    pub fn start(flags: &[&str]) -> Self {
        let mut args = vec!["serve", "--listen", "127.0.0.1:0"];
        args.extend(flags);
        Serving::spawned(lienthong(&args))
    }
    /// With these flags, and a signal that does not end it.
    pub fn ignoring(signal: &str, flags: &[&str]) -> Self {
        let mut shell = Command::new("sh");
        let program = lienthong(&[]);
        shell.args(["-c", &format!("trap '' {signal}; exec \"$0\" \"$@\"")]).arg(program.get_program());
        shell.args(["serve", "--listen", "127.0.0.1:0"]).args(flags).stdin(Stdio::null());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        Serving::spawned(shell)
    }
    fn spawned(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let lines = |pipe: Box<dyn Read + Send>| {
            let (to, from) = mpsc::channel();
            std::thread::spawn(move || {
                for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                    if to.send(line).is_err() {
                        break;
                    }
                }
            });
            from
        };
        let out = lines(Box::new(child.stdout.take().expect("a pipe")));
        let log = lines(Box::new(child.stderr.take().expect("a pipe")));
        let mut serving = Serving { child, address: String::new(), welcome: String::new(), log };
        while serving.address.is_empty() {
            let Ok(line) = out.recv_timeout(PATIENCE) else {
                panic!("it did not start: {:?}", serving.log.try_iter().collect::<Vec<_>>())
            };
            if let Some(rest) = line.split_once("http://").map(|(_, rest)| rest).filter(|r| r.ends_with(".graphql")) {
                serving.address = rest.split('/').next().unwrap_or_default().to_owned();
            }
            serving.welcome.push_str(&line);
            serving.welcome.push('\n');
        }
        serving
    }
    /// Tells it to stop.
    pub fn terminate(&self) {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("a shell").success());
    }
    /// Ends it without a warning.
    pub fn kill(&self) {
        let kill = format!("kill -KILL {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("a shell").success());
    }
    /// Waits until it has ended, and tells its exit code.
    pub fn ended(&mut self) -> Option<i32> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status.code();
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    /// The line of the log that a test holds for.
    pub fn logged(&self, what: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
        loop {
            let line = self.log.recv_timeout(PATIENCE).expect("the line is in the log");
            let line: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{line}: {e}"));
            if what(&line) {
                return line;
            }
        }
    }
    /// All that it has logged since it was last asked.
    pub fn log(&self) -> String {
        self.log.try_iter().flat_map(|line| [line, "\n".to_owned()]).collect()
    }
    /// Asks for a page.
    pub fn get(&self, path: &str) -> Page {
        let mut connection = self.connect();
        write!(connection, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address).expect("sent");
        Page::read(connection)
    }
    /// Asks GraphQL.
    pub fn ask(&self, query: &str) -> serde_json::Value {
        let body = serde_json::json!({ "query": query }).to_string();
        let mut connection = self.connect();
        write!(connection, "{}{body}", post(&self.address, body.len())).expect("sent");
        Page::read(connection).json()
    }
    /// Asks GraphQL, as somebody who has signed in.
    pub fn ask_as(&self, token: &str, query: &str) -> Page {
        let body = serde_json::json!({ "query": query }).to_string();
        let head = post(&self.address, body.len());
        let mut connection = self.connect();
        let head = head.trim_end();
        write!(connection, "{head}\r\nAuthorization: Bearer {token}\r\n\r\n{body}").expect("sent");
        Page::read(connection)
    }
    /// Its number among the processes.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
    /// A connection to it.
    pub fn connect(&self) -> TcpStream {
        let connection = TcpStream::connect(&self.address).expect("it listens");
        connection.set_read_timeout(Some(PATIENCE)).expect("a limit");
        connection
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It has ended already, or nobody needs it any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The head of a POST to the API.
pub fn post(host: &str, length: usize) -> String {
    format!(
        "POST /graphql HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    )
}

/// What came back.
pub struct Page {
    pub status: u16,
    pub body: String,
}

impl Page {
    /// Reads all that comes.
    pub fn read(mut connection: TcpStream) -> Self {
        let mut text = String::new();
        connection.read_to_string(&mut text).expect("an answer");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Page { status, body: body.to_owned() }
    }
    /// Its body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{}: {e}", self.body))
    }
}
