//! Helpers for tables and indexes, so that a migration reads like a list of columns.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

/// A table to be created. Its first column is always `id`.
pub struct NewTable {
    name: &'static str,
    columns: Vec<ColumnDef>,
    references: Vec<(&'static str, &'static str)>,
    indexes: Vec<(Vec<&'static str>, bool)>,
    checks: Vec<&'static str>,
    postgres: bool,
}

/// Begins a table.
pub fn table(manager: &SchemaManager<'_>, name: &'static str) -> NewTable {
    let mut id = ColumnDef::new(Alias::new("id"));
    id.big_integer().not_null().auto_increment().primary_key();
    NewTable {
        name,
        columns: vec![id],
        references: vec![],
        indexes: vec![],
        checks: vec![],
        postgres: manager.get_connection().get_database_backend() == DbBackend::Postgres,
    }
}

impl NewTable {
    fn column(mut self, name: &'static str, null: bool, shape: impl FnOnce(&mut ColumnDef)) -> Self {
        let mut column = ColumnDef::new(Alias::new(name));
        shape(&mut column);
        if null {
            column.null()
        } else {
            column.not_null()
        };
        self.columns.push(column);
        self
    }
    /// A text column that sorts and compares byte by byte on both databases.
    pub fn text(self, name: &'static str) -> Self {
        self.texts(name, false)
    }
    /// A nullable text column.
    pub fn text_or_null(self, name: &'static str) -> Self {
        self.texts(name, true)
    }
    fn texts(self, name: &'static str, null: bool) -> Self {
        let postgres = self.postgres;
        self.column(name, null, |c| {
            c.text();
            if postgres {
                c.extra("COLLATE \"C\"");
            }
        })
    }
    /// An integer column.
    pub fn int(self, name: &'static str) -> Self {
        self.column(name, false, |c| {
            c.integer();
        })
    }
    /// A nullable integer column.
    pub fn int_or_null(self, name: &'static str) -> Self {
        self.column(name, true, |c| {
            c.integer();
        })
    }
    /// A 64-bit integer column.
    pub fn big(self, name: &'static str) -> Self {
        self.column(name, false, |c| {
            c.big_integer();
        })
    }
    /// A nullable double column.
    pub fn double_or_null(self, name: &'static str) -> Self {
        self.column(name, true, |c| {
            c.double();
        })
    }
    /// A boolean column.
    pub fn bool(self, name: &'static str) -> Self {
        self.column(name, false, |c| {
            c.boolean();
        })
    }
    /// A column of bytes.
    pub fn bytes(self, name: &'static str) -> Self {
        self.column(name, false, |c| {
            c.blob();
        })
    }
    /// A date column.
    pub fn date(self, name: &'static str) -> Self {
        self.column(name, false, |c| {
            c.date();
        })
    }
    /// A nullable date column.
    pub fn date_or_null(self, name: &'static str) -> Self {
        self.column(name, true, |c| {
            c.date();
        })
    }
    /// A timestamp column.
    pub fn instant(self, name: &'static str) -> Self {
        self.column(name, false, |c| {
            c.timestamp_with_time_zone();
        })
    }
    /// A nullable timestamp column.
    pub fn instant_or_null(self, name: &'static str) -> Self {
        self.column(name, true, |c| {
            c.timestamp_with_time_zone();
        })
    }
    /// A reference to another table, with an index.
    pub fn to(self, name: &'static str, table: &'static str) -> Self {
        self.reference(name, table, false)
    }
    /// A nullable reference to another table, with an index.
    pub fn maybe_to(self, name: &'static str, table: &'static str) -> Self {
        self.reference(name, table, true)
    }
    /// A reference to another table without an index of its own, for tables with many rows. The column is part of
    /// another index, and rows of the referenced table are never deleted.
    pub fn points_to(mut self, name: &'static str, table: &'static str) -> Self {
        self = self.big(name);
        self.references.push((name, table));
        self
    }
    fn reference(mut self, name: &'static str, table: &'static str, null: bool) -> Self {
        self = self.column(name, null, |c| {
            c.big_integer();
        });
        self.references.push((name, table));
        self.indexes.push((vec![name], false));
        self
    }
    /// Adds a unique index.
    pub fn unique(mut self, columns: &[&'static str]) -> Self {
        self.indexes.push((columns.to_vec(), true));
        self
    }
    /// Adds an index.
    pub fn index(mut self, columns: &[&'static str]) -> Self {
        self.indexes.push((columns.to_vec(), false));
        self
    }
    /// Adds a check constraint.
    pub fn check(mut self, condition: &'static str) -> Self {
        self.checks.push(condition);
        self
    }
    /// Creates the table and its indexes.
    pub async fn create(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let mut table = Table::create();
        table.table(Alias::new(self.name));
        for mut column in self.columns {
            table.col(&mut column);
        }
        for (column, to) in &self.references {
            table.foreign_key(
                ForeignKey::create()
                    .name(format!("fk_{}_{column}", self.name))
                    .from(Alias::new(self.name), Alias::new(*column))
                    .to(Alias::new(*to), Alias::new("id"))
                    .on_delete(ForeignKeyAction::Restrict),
            );
        }
        for condition in &self.checks {
            table.check(Expr::cust(*condition));
        }
        manager.create_table(table).await?;
        for (columns, unique) in &self.indexes {
            let mut index = Index::create();
            index
                .name(format!("{}_{}_{}", if *unique { "uq" } else { "ix" }, self.name, columns.join("_")))
                .table(Alias::new(self.name));
            for column in columns {
                index.col(Alias::new(*column));
            }
            if *unique {
                index.unique();
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// Adds a trigram index on a text column. On PostgreSQL it is an ordinary index. SQLite needs a table of its own,
/// named after the table and the column, and triggers that keep it up to date.
pub async fn trigrams(manager: &SchemaManager<'_>, table: &str, column: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    if connection.get_database_backend() == DbBackend::Postgres {
        connection.execute_unprepared("CREATE EXTENSION IF NOT EXISTS pg_trgm").await?;
        let index = format!("CREATE INDEX ix_{table}_{column} ON {table} USING gin ({column} gin_trgm_ops)");
        connection.execute_unprepared(&index).await?;
        return Ok(());
    }
    let index = format!("{table}_{column}");
    let remove = format!("INSERT INTO {index} ({index}, rowid, {column}) VALUES ('delete', old.id, old.{column})");
    let add = format!("INSERT INTO {index} (rowid, {column}) VALUES (new.id, new.{column})");
    for statement in [
        format!(
            "CREATE VIRTUAL TABLE {index} USING fts5({column}, content = '{table}', content_rowid = 'id', tokenize = 'trigram')"
        ),
        format!("CREATE TRIGGER {index}_added AFTER INSERT ON {table} BEGIN {add}; END"),
        format!("CREATE TRIGGER {index}_removed AFTER DELETE ON {table} BEGIN {remove}; END"),
        format!("CREATE TRIGGER {index}_changed AFTER UPDATE OF {column} ON {table} BEGIN {remove}; {add}; END"),
        format!("INSERT INTO {index} ({index}) VALUES ('rebuild')"),
    ] {
        connection.execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// Adds a nullable reference to another table, and its index.
pub async fn add_reference(manager: &SchemaManager<'_>, table: &str, column: &str, to: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    for statement in [
        format!("ALTER TABLE {table} ADD COLUMN {column} BIGINT REFERENCES {to} (id) ON DELETE RESTRICT"),
        format!("CREATE INDEX ix_{table}_{column} ON {table} ({column})"),
    ] {
        connection.execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// Adds a text column: not null with a default value for existing rows, or nullable.
pub async fn add_text(
    manager: &SchemaManager<'_>,
    table: &str,
    column: &str,
    default: Option<&'static str>,
) -> Result<(), DbErr> {
    let mut text = ColumnDef::new(Alias::new(column));
    text.text();
    if manager.get_connection().get_database_backend() == DbBackend::Postgres {
        text.extra("COLLATE \"C\"");
    }
    match default {
        Some(default) => text.not_null().default(default),
        None => text.null(),
    };
    manager.alter_table(Table::alter().table(Alias::new(table)).add_column(text).to_owned()).await
}

/// Adds a nullable timestamp column.
pub async fn add_instant(manager: &SchemaManager<'_>, table: &str, column: &str) -> Result<(), DbErr> {
    let mut instant = ColumnDef::new(Alias::new(column));
    instant.timestamp_with_time_zone().null();
    manager.alter_table(Table::alter().table(Alias::new(table)).add_column(instant).to_owned()).await
}

/// Adds a nullable date column.
pub async fn add_date(manager: &SchemaManager<'_>, table: &str, column: &str) -> Result<(), DbErr> {
    let mut day = ColumnDef::new(Alias::new(column));
    day.date().null();
    manager.alter_table(Table::alter().table(Alias::new(table)).add_column(day).to_owned()).await
}
