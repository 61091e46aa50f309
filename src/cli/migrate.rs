//! `lienthong migrate`: migrates the database to this version's schema.

use migration::{Migrator, MigratorTrait};

use crate::{
    identity::user,
    kernel::{
        app::App,
        config::Config,
        db::SchemaState,
        error::{Broken, Result},
        op::Op,
        policy::Caller,
    },
};

/// Migrates and prints the applied migrations.
///
/// # Errors
/// When the schema is newer than this program, or a migration fails.
pub async fn run(config: &Config) -> Result<()> {
    let app = super::open(config).await?;
    let applied = migrate(&app).await?;
    let differing = user::differing_by_case(&Op::new(&app, Caller::Operator, "migrate")).await?;
    app.db().close().await?;
    let mut report = match applied.is_empty() {
        true => "The schema was up to date.\n".to_owned(),
        false => format!("Applied {}.\n", applied.join(", ")),
    };
    for names in differing {
        report += &format!("Note: {}\n", by_case(&names));
    }
    super::print(&report)
}

/// The note about user names that differ only by case.
pub fn by_case(names: &[String]) -> String {
    format!(
        "the accounts {} differ only by the case of their user names; each signs in only as it is spelled. Disable the ones that nobody needs.",
        names.join(", ")
    )
}

/// The names of all migrations, oldest first.
pub fn ours() -> Vec<String> {
    Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}

/// Applies the pending migrations, each in its own transaction, and returns their names. Several processes may
/// migrate at the same time: they take turns, and each looks again for pending migrations.
///
/// # Errors
/// When the schema is newer or belongs to another program, or a migration fails. The migrations before it stay
/// applied.
pub async fn migrate(app: &App) -> Result<Vec<String>> {
    let state = app.db().schema_state(&ours()).await?;
    match state {
        SchemaState::Newer | SchemaState::Foreign => {
            return Err(Broken::new(super::unready(&state).unwrap_or_default()).into());
        }
        // Also a database with newer migrations that this version may write under.
        SchemaState::Current => return Ok(vec![]),
        SchemaState::Empty | SchemaState::Older => (),
    }
    let mut applied = vec![];
    loop {
        let step = app.db().set_up(async |tx| {
            let next = Migrator::get_pending_migrations(tx).await?.first().map(|next| next.name().to_owned());
            if next.is_some() {
                Migrator::up(tx, Some(1)).await?;
            }
            Ok(next)
        });
        match step.await? {
            Some(name) => applied.push(name),
            None => return Ok(applied),
        }
    }
}
