//! Statements that answer one row for each of some records, whatever is found for it. The records are one parameter, so the statement's
//! text stays the same whatever their number.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement};
use serde_json::Value;

use super::{
    super::{object::Col, op::Op},
    Db,
};

/// The type of a value of a record. Each value may be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// A whole number.
    Int,
    /// A text.
    Text,
    /// A day.
    Day,
    /// A number.
    Double,
}

impl Db {
    fn row_for_each(
        &self,
        types: &[Typed],
        records: Vec<Vec<Value>>,
        columns: impl FnOnce(&dyn Fn(usize) -> Expr) -> Vec<Expr>,
    ) -> SelectStatement {
        let value = |n: usize| {
            let value = format!("\"k\".\"value\" ->> {n}");
            match types.get(n).filter(|_| self.postgres()) {
                Some(Typed::Int) => Expr::cust(format!("CAST({value} AS bigint)")),
                Some(Typed::Day) => Expr::cust(format!("CAST({value} AS date)")),
                Some(Typed::Double) => Expr::cust(format!("CAST({value} AS double precision)")),
                Some(Typed::Text) | None => Expr::cust(format!("({value})")),
            }
        };
        let records = Expr::val(Value::from(records).to_string());
        let each = match self.postgres() {
            true => Func::cust(Alias::new("json_array_elements")).arg(records.cast_as("json")),
            false => Func::cust(Alias::new("json_each")).arg(records),
        };
        let mut query = Query::select();
        query.from_function(each, Alias::new("k")).exprs(columns(&value));
        query
    }
    /// PostgreSQL looks up how to write a type once for an aggregate, and once for each value in an array of a row's values: so
    /// columns are written one by one.
    fn lists(&self, columns: &[Col]) -> Expr {
        let (array, list) = match self.postgres() {
            true => ("json_build_array", "json_agg"),
            false => ("json_array", "json_group_array"),
        };
        let list = |col: &Col| format!("{list}(\"{}\".\"{}\")", col.table, col.name);
        let lists = columns.iter().map(list).collect::<Vec<_>>().join(", ");
        Expr::cust(format!("CASE WHEN count(*) > 0 THEN CAST({array}({lists}) AS text) END"))
    }
}

impl Op {
    /// A statement of one row for each of some records, in no order. `columns` is given the values of a record by their place; what it
    /// looks up is looked up for each record alone.
    pub fn row_for_each(
        &self,
        types: &[Typed],
        records: Vec<Vec<Value>>,
        columns: impl FnOnce(&dyn Fn(usize) -> Expr) -> Vec<Expr>,
    ) -> SelectStatement {
        self.db().row_for_each(types, records, columns)
    }
    /// The values of some columns in all rows of a statement, as one text: a JSON array of an array for each column. Null where there
    /// is no row.
    pub fn lists(&self, columns: &[Col]) -> Expr {
        self.db().lists(columns)
    }
}
