//! Look-ups for many records by one statement, each by an index: what PostgreSQL calls a lateral join. The records are one parameter,
//! so the statement's text stays the same whatever their number.

use chrono::NaiveDate;
use sea_orm::Condition;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, FunctionCall, JoinType, Query, SelectStatement};

use super::{
    super::{object::Col, op::Op},
    Db,
};

impl Db {
    /// Some records as a table `k`, of which a function in FROM makes a row for each.
    fn each(&self, records: &[Vec<Cell>]) -> FunctionCall {
        let records = Expr::val(Cell::json(records));
        match self.postgres() {
            true => Func::cust(Alias::new("json_array_elements")).arg(records.cast_as("json")),
            false => Func::cust(Alias::new("json_each")).arg(records),
        }
    }
    /// The values of a record of that table by their place, in the types of the first record.
    fn values(&self, records: &[Vec<Cell>]) -> impl Fn(usize) -> Expr {
        let first = records.first().filter(|_| self.postgres());
        move |n| {
            let value = format!("\"k\".\"value\" ->> {n}");
            match first.and_then(|cells| cells.get(n)) {
                Some(Cell::Int(_)) => Expr::cust(format!("CAST({value} AS bigint)")),
                Some(Cell::Day(_)) => Expr::cust(format!("CAST({value} AS date)")),
                Some(Cell::Double(_)) => Expr::cust(format!("CAST({value} AS double precision)")),
                Some(Cell::Text(_)) | None => Expr::cust(format!("({value})")),
            }
        }
    }
    /// The ids that a statement finds for each of some records. `find` is given the values of a record by their place, and selects
    /// ids. Each of its runs is a search of its own, as in a lateral join.
    pub fn for_each(
        &self,
        records: &[Vec<Cell>],
        find: impl FnOnce(&dyn Fn(usize) -> Expr) -> SelectStatement,
    ) -> SelectStatement {
        let found = find(&self.values(records));
        let (record, id) = (Alias::new("k"), Alias::new("id"));
        let mut each = Query::select();
        if self.postgres() {
            each.column((Alias::new("f"), id)).from_function(self.each(records), record).join_lateral(
                JoinType::InnerJoin,
                found,
                Alias::new("f"),
                Condition::all().add(Expr::cust("TRUE")),
            );
        } else {
            // SQLite has no lateral join, but a function in FROM may be given what depends on the tables before it.
            let ids = Func::cust(Alias::new("json_group_array")).arg(Expr::col(id));
            let ids = Query::select().expr(ids).from_subquery(found, Alias::new("f")).to_owned();
            let ids = Expr::SubQuery(None, Box::new(ids.into()));
            each.column((Alias::new("f"), Alias::new("value")))
                .from_function(self.each(records), record)
                .from_function(Func::cust(Alias::new("json_each")).arg(ids), Alias::new("f"));
        }
        each
    }
    fn row_for_each(
        &self,
        records: &[Vec<Cell>],
        columns: impl FnOnce(&dyn Fn(usize) -> Expr) -> Vec<Expr>,
    ) -> SelectStatement {
        let mut query = Query::select();
        query.from_function(self.each(records), Alias::new("k")).exprs(columns(&self.values(records)));
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
        records: &[Vec<Cell>],
        columns: impl FnOnce(&dyn Fn(usize) -> Expr) -> Vec<Expr>,
    ) -> SelectStatement {
        self.db().row_for_each(records, columns)
    }
    /// The values of some columns in all rows of a statement, as one text: a JSON array of an array for each column. Null where there
    /// is no row.
    pub fn lists(&self, columns: &[Col]) -> Expr {
        self.db().lists(columns)
    }
}

/// A value of a record that rows are looked up by.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// An id.
    Int(i64),
    /// A text.
    Text(String),
    /// A day.
    Day(NaiveDate),
    /// A number.
    Double(f64),
}

impl Cell {
    fn json(records: &[Vec<Cell>]) -> String {
        let cell = |cell: &Cell| -> serde_json::Value {
            match cell {
                Cell::Int(id) => (*id).into(),
                Cell::Text(text) => text.as_str().into(),
                Cell::Day(day) => day.to_string().into(),
                Cell::Double(number) => (*number).into(),
            }
        };
        let record = |cells: &Vec<Cell>| cells.iter().map(cell).collect::<Vec<_>>();
        serde_json::Value::from(records.iter().map(record).collect::<Vec<_>>()).to_string()
    }
}
