//! `lienthong user`: accounts, managed by the operator of the server.

use std::io::BufRead;

use clap::{Args, Subcommand, ValueEnum};
use entity::kinds::Role;

use crate::{
    identity::user::{self, Listed, NewUser, UserPatch},
    kernel::{
        clock::random,
        config::Config,
        error::{Broken, Result},
        op::Op,
        policy::Caller,
    },
};

/// The account commands.
#[derive(Subcommand)]
pub enum User {
    /// Create an account
    Create(Create),
    /// List all accounts
    List,
    /// Disable an account and end all its sessions
    Disable(Which),
    /// Enable a disabled account
    Enable(Which),
    /// Set another password, which ends a lock-out and all sessions of the account
    Reset(Reset),
}

/// The options of a new account.
#[derive(Args)]
pub struct Create {
    /// The user name: a-z, 0-9, dot, underscore, hyphen
    #[arg(long)]
    username: String,
    /// The display name [default: the user name]
    #[arg(long)]
    display_name: Option<String>,
    /// A role; may be repeated
    #[arg(long = "role", required = true, value_name = "ROLE", ignore_case = true)]
    roles: Vec<RoleName>,
    /// The area of the roles: a province's code, or VN for the whole country; optional only for admin and
    /// security-officer, whose default is VN
    #[arg(long, value_name = "CODE")]
    area: Option<String>,
    /// Read the password from standard input (one line) [default: generate and print one]
    #[arg(long)]
    password_stdin: bool,
}

/// The name of an account.
#[derive(Args)]
pub struct Which {
    /// The user name
    username: String,
}

/// The options of a password reset.
#[derive(Args)]
pub struct Reset {
    /// The user name
    username: String,
    /// Read the password from standard input (one line) [default: generate and print one]
    #[arg(long)]
    password_stdin: bool,
}

/// A role on the command line.
#[derive(Clone, Copy, ValueEnum)]
enum RoleName {
    Viewer,
    Editor,
    Approver,
    Registrar,
    SecurityOfficer,
    Admin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Viewer => Role::Viewer,
            RoleName::Editor => Role::Editor,
            RoleName::Approver => Role::Approver,
            RoleName::Registrar => Role::Registrar,
            RoleName::SecurityOfficer => Role::SecurityOfficer,
            RoleName::Admin => Role::Admin,
        }
    }
}

/// Runs an account command.
///
/// # Errors
/// When the database is not set up, or the command fails.
pub async fn run(what: &User, config: &Config) -> Result<()> {
    let app = match what {
        User::List => super::open_to_read(config).await?,
        _ => {
            let app = super::open(config).await?;
            super::require_current(&app).await?;
            app
        }
    };
    let told = apply(what, &Op::new(&app, Caller::Operator, "user")).await;
    app.db().close().await?;
    super::print(&told?)
}

async fn apply(what: &User, op: &Op) -> Result<String> {
    Ok(match what {
        User::Create(create) => {
            let (password, told) = password(create.password_stdin)?;
            let order = NewUser {
                username: create.username.clone(),
                display_name: create.display_name.clone().unwrap_or_else(|| create.username.clone()),
                password,
                roles: create.roles.iter().copied().map(Role::from).collect(),
                area: create.area.clone(),
            };
            user::create(op, order).await?;
            format!("Created {}.\n{told}", create.username)
        }
        User::List => {
            let mut out = format!("{:<24} {:<8} {:<9} {}\n", "USERNAME", "AREA", "ACTIVE", "ROLES");
            for Listed { username, area, active, roles } in user::list(op).await? {
                let active = if active { "yes" } else { "no" };
                out += &format!("{username:<24} {:<8} {active:<9} {roles}\n", area.as_deref().unwrap_or("VN"));
            }
            out
        }
        User::Disable(which) => {
            activate(op, &which.username, false).await?;
            format!("{} can no longer sign in; all sessions have ended.\n", which.username)
        }
        User::Enable(which) => {
            activate(op, &which.username, true).await?;
            format!("{} can sign in again.\n", which.username)
        }
        User::Reset(reset) => {
            let (password, told) = password(reset.password_stdin)?;
            user::reset_password(op, user::named(op, &reset.username).await?.id, &password).await?;
            format!("{} has another password; all sessions have ended.\n{told}", reset.username)
        }
    })
}

async fn activate(op: &Op, username: &str, active: bool) -> Result<()> {
    let known = user::named(op, username).await?;
    user::update(op, known.id, known.version, UserPatch { active: Some(active), ..UserPatch::default() }).await
}

/// The password, and the text to print about it.
fn password(from_stdin: bool) -> Result<(String, String)> {
    if !from_stdin {
        let made = made_up()?;
        return Ok((made.clone(), format!("Password: {made}\nIt is shown this once.\n")));
    }
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    read.map_err(|e| Broken::new(format!("cannot read the password from standard input: {e}")))?;
    Ok((line.trim_end_matches(['\r', '\n']).to_owned(), String::new()))
}

/// Generates a password of 100 random bits, from letters and digits that are not easily confused.
///
/// # Errors
/// When the machine has no random numbers.
pub fn made_up() -> Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let letter = |byte: u8| char::from(LETTERS.get(usize::from(byte % 32)).copied().unwrap_or(b'x'));
    let letters: Vec<char> = random::<20>()?.into_iter().map(letter).collect();
    Ok(letters.chunks(5).map(String::from_iter).collect::<Vec<_>>().join("-"))
}
