//! Look-ups for many records by one statement, each by an index: what PostgreSQL calls a lateral join.

use chrono::NaiveDate;
use sea_orm::Condition;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, JoinType, Query, SelectStatement};

use super::Db;

impl Db {
    /// The ids that a statement finds for each of some records, which are one parameter, whatever their number. `find` is given the
    /// values of a record by their place, and selects ids. Each of its runs is a search of its own, as in a lateral join.
    pub fn for_each(
        &self,
        records: &[Vec<Cell>],
        find: impl FnOnce(&dyn Fn(usize) -> Expr) -> SelectStatement,
    ) -> SelectStatement {
        let first = records.first();
        let value = |n: usize| {
            let value = format!("\"k\".\"value\" ->> {n}");
            match first.and_then(|cells| cells.get(n)).filter(|_| self.postgres()) {
                Some(Cell::Int(_)) => Expr::cust(format!("CAST({value} AS bigint)")),
                Some(Cell::Day(_)) => Expr::cust(format!("CAST({value} AS date)")),
                Some(Cell::Double(_)) => Expr::cust(format!("CAST({value} AS double precision)")),
                Some(Cell::Text(_)) | None => Expr::cust(format!("({value})")),
            }
        };
        let (records, found) = (Expr::val(Cell::json(records)), find(&value));
        let (record, id) = (Alias::new("k"), Alias::new("id"));
        let mut each = Query::select();
        if self.postgres() {
            each.column((Alias::new("f"), id))
                .from_function(Func::cust(Alias::new("json_array_elements")).arg(records.cast_as("json")), record)
                .join_lateral(JoinType::InnerJoin, found, Alias::new("f"), Condition::all().add(Expr::cust("TRUE")));
        } else {
            // SQLite has no lateral join, but a function in FROM may be given what depends on the tables before it.
            let ids = Func::cust(Alias::new("json_group_array")).arg(Expr::col(id));
            let ids = Query::select().expr(ids).from_subquery(found, Alias::new("f")).to_owned();
            let ids = Expr::SubQuery(None, Box::new(ids.into()));
            each.column((Alias::new("f"), Alias::new("value")))
                .from_function(Func::cust(Alias::new("json_each")).arg(records), record)
                .from_function(Func::cust(Alias::new("json_each")).arg(ids), Alias::new("f"));
        }
        each
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
