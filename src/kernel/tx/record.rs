//! Records that are written by their columns. What is compared, stored and audited follows from one declaration, so that a
//! column cannot be stored without its audit entry, nor audited without being stored.

use std::collections::HashMap;

use entity::kinds::ChangeType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IdenStatic, IntoActiveModel, Iterable, ModelTrait, PrimaryKeyToColumn,
    QueryFilter, Value,
    sea_query::{Alias, Expr, ExprTrait, Query},
};

use super::{Change, FieldChange, Tx};
use crate::kernel::error::{Broken, Refusal, Result};

/// An entity whose rows are written by [`Tx::create`] and [`Tx::change`].
pub trait Record: EntityTrait {
    /// Its type in the change feed.
    const FEED: ChangeType;
    /// How the audit log shows a column. A new column does not compile until this is said.
    fn audited(column: Self::Column) -> Audited;
    /// Computes the columns that follow from others: for searching and sorting.
    fn derive(_: &mut Self::Model) {}
}

/// How the audit log shows a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audited {
    /// Not at all: ids, versions, and what follows from other columns.
    Never,
    /// By its value.
    Value,
    /// By the name of the record that it points to, because row ids mean nothing to a reader.
    Reference(Named),
}

/// What the audit log calls the records of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The table.
    pub table: &'static str,
    /// The columns whose values are the name, without those that are null.
    pub by: &'static [&'static str],
}

impl Tx {
    /// Inserts a record. Its id is assigned by the database, whatever the row says.
    pub async fn create<M>(&self, mut row: M, key: impl FnOnce(&M) -> String) -> Result<(M, Change)>
    where
        M: ModelTrait + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
        M::Entity: Record + EntityTrait<Model = M>,
        <M::Entity as EntityTrait>::ActiveModel: Send,
    {
        M::Entity::derive(&mut row);
        let mut new = <<M::Entity as EntityTrait>::ActiveModel as ActiveModelTrait>::default();
        let id = id_column::<M::Entity>()?;
        for column in <M::Entity as EntityTrait>::Column::iter().filter(|column| column.as_str() != id.as_str()) {
            new.set(column, row.get(column));
        }
        let row: M = self.insert(new).await?;
        let fields = self.compare(None, &row).await?;
        let change = Change::created(M::Entity::FEED, key(&row), id_of(&row)?).with(fields);
        Ok((row, change))
    }
    /// Stores a record as it is after a change, if it still has the version from before, and answers what changed, if anything did.
    /// `others` are changes of what belongs to the record and is stored elsewhere; they give it a new version too.
    ///
    /// # Errors
    /// PRECONDITION_FAILED if the stored record has another version.
    pub async fn change<M>(
        &self,
        key: &str,
        before: &M,
        mut after: M,
        others: impl IntoIterator<Item = Option<FieldChange>>,
    ) -> Result<Option<Change>>
    where
        M: ModelTrait,
        M::Entity: Record + EntityTrait<Model = M>,
    {
        M::Entity::derive(&mut after);
        let (id, version) = (id_column::<M::Entity>()?, version_column::<M::Entity>()?);
        let fields = self.compare(Some(before), &after).await?.into_iter().map(Some).chain(others);
        let change = Change::updated(M::Entity::FEED, key, id_of(before)?, fields);
        let Some(change) = change else { return Ok(None) };
        let Value::Int(Some(was)) = before.get(version) else {
            return Err(Broken::new("a version that is no number").into());
        };
        let mut row = <<M::Entity as EntityTrait>::ActiveModel as ActiveModelTrait>::default();
        for column in <M::Entity as EntityTrait>::Column::iter() {
            let value = after.get(column);
            if before.get(column) != value {
                row.set(column, value);
            }
        }
        row.set(version, (was + 1).into());
        let update = M::Entity::update_many().set(row).filter(id.eq(before.get(id))).filter(version.eq(was));
        if self.update(update).await? != 1 {
            return Err(Refusal::changed_since(was).into());
        }
        Ok(Some(change))
    }
    /// The audited columns in which two rows differ, or that say something in a new one.
    pub async fn compare<M>(&self, before: Option<&M>, after: &M) -> Result<Vec<FieldChange>>
    where
        M: ModelTrait,
        M::Entity: Record + EntityTrait<Model = M>,
    {
        let mut fields = vec![];
        for column in <M::Entity as EntityTrait>::Column::iter() {
            let (was, is) = (before.map(|row| row.get(column)), after.get(column));
            if was.as_ref() == Some(&is) {
                continue;
            }
            let [was, is] = match M::Entity::audited(column) {
                Audited::Never => continue,
                Audited::Value => [was.map(text).transpose()?.flatten(), text(is)?],
                Audited::Reference(named) => {
                    let ids = [was.and_then(number), number(is)];
                    let names = self.names(named, ids.into_iter().flatten()).await?;
                    ids.map(|id| id.and_then(|id| names.get(&id).cloned()))
                }
            };
            if was.is_some() || is.is_some() {
                fields.push(FieldChange { field: field(column.as_str()), before: was, after: is, of: None });
            }
        }
        Ok(fields)
    }
    /// What the audit log calls a list of records, in its order; none if it is empty.
    pub async fn list(&self, named: Named, ids: &[impl Into<i64> + Copy]) -> Result<Option<String>> {
        let ids = || ids.iter().map(|id| (*id).into());
        let names = self.names(named, ids()).await?;
        let names: Vec<&str> = ids().filter_map(|id| names.get(&id)).map(String::as_str).collect();
        Ok((!names.is_empty()).then(|| names.join(", ")))
    }
    /// What the audit log calls some records, by their ids.
    pub async fn names(
        &self,
        Named { table, by }: Named,
        ids: impl IntoIterator<Item = impl Into<i64>>,
    ) -> Result<HashMap<i64, String>> {
        let ids: Vec<i64> = ids.into_iter().map(Into::into).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let texts = by.iter().map(|column| Expr::col(Alias::new(*column)).cast_as("text"));
        let query = Query::select()
            .column(Alias::new("id"))
            .exprs(texts)
            .from(Alias::new(table))
            .and_where(Expr::col(Alias::new("id")).is_in(ids))
            .to_owned();
        let mut names = HashMap::new();
        for row in self.rows(&query).await? {
            let mut parts: Vec<String> = vec![];
            for at in 1..=by.len() {
                parts.extend(row.try_get_by_index::<Option<String>>(at)?);
            }
            names.insert(row.try_get_by_index(0)?, parts.join("; "));
        }
        Ok(names)
    }
}

/// The name of a column as the API spells it: `issued_on` is `issuedOn`, `lead_id` is `lead`.
fn field(column: &str) -> String {
    let mut parts = column.strip_suffix("_id").unwrap_or(column).split('_');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

/// A value as the audit log shows it; none for NULL.
fn text(value: Value) -> Result<Option<String>> {
    Ok(match value {
        Value::Bool(value) => value.map(|value| value.to_string()),
        Value::Int(value) => value.map(|value| value.to_string()),
        Value::BigInt(value) => value.map(|value| value.to_string()),
        Value::Double(value) => value.map(|value| value.to_string()),
        Value::String(value) => value,
        Value::ChronoDate(value) => value.map(|value| value.to_string()),
        other => return Err(Broken::new(format!("a value that the audit log cannot show: {other:?}")).into()),
    })
}

fn id_column<E: EntityTrait>() -> Result<E::Column> {
    let id = E::PrimaryKey::iter().next().ok_or_else(|| Broken::new("a table without a primary key"))?;
    Ok(id.into_column())
}

fn version_column<E: EntityTrait>() -> Result<E::Column> {
    let version = E::Column::iter().find(|column| column.as_str() == "version");
    version.ok_or_else(|| Broken::new("a record without a version").into())
}

fn id_of<M: ModelTrait>(row: &M) -> Result<i64> {
    number(row.get(id_column::<M::Entity>()?)).ok_or_else(|| Broken::new("an id that is no number").into())
}

fn number(value: Value) -> Option<i64> {
    if let Value::BigInt(number) = value { number } else { None }
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn a_column_is_named_as_the_api_names_its_field() {
        assert_eq!(["title", "issued_on", "lead_id"].map(field), ["title", "issuedOn", "lead"]);
    }
}
