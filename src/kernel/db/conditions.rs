//! Conditions and statements that the two databases word differently.

use sea_orm::sea_query::{
    Alias, Condition, Expr, ExprTrait, Func, JoinType, LikeExpr, Order as Dir, Query, SelectStatement, WindowStatement,
};

use super::{
    super::{
        object::{Col, Key},
        text::literal,
    },
    Db, PARENT, Sort, sort,
};

impl Db {
    /// Rows of `table`'s `col` whose value is one of these keys. One parameter, whatever their number, so that the statement
    /// stays the same and prepared.
    pub fn among(&self, col: Col, keys: &[Key]) -> Expr {
        let name = format!("\"{}\".\"{}\"", col.table, col.name);
        match (self.postgres(), keys.first()) {
            // Unpacked from JSON in a sub-select, their number would be hidden from the planner, which then reads the whole table.
            (true, Some(Key::Text(_))) => {
                Expr::cust_with_values(format!("{name} = ANY(CAST($1 AS text[]))"), [array(keys)])
            }
            (true, _) => Expr::cust_with_values(format!("{name} = ANY(CAST($1 AS bigint[]))"), [array(keys)]),
            (false, _) => Expr::cust_with_values(format!("{name} IN (SELECT value FROM json_each(?))"), [json(keys)]),
        }
    }
    /// Rows whose `col`, which holds lines of folded text, has a text in it, wherever; by the index of trigrams that the column has.
    pub fn contains(&self, col: Col, text: &str) -> Expr {
        // SQLite's index is a table beside the column's, and knows nothing shorter than a trigram.
        if !self.postgres() && text.chars().count() >= 3 {
            let (table, index) = (col.table, format!("{}_{}", col.table, col.name));
            let phrase = format!("\"{}\"", text.replace('"', "\"\""));
            let rows = format!("\"{table}\".\"id\" IN (SELECT rowid FROM \"{index}\" WHERE \"{index}\" MATCH ?)");
            return Expr::cust_with_values(rows, [phrase]);
        }
        Expr::col(col.column()).like(LikeExpr::new(format!("%{}%", literal(text))).escape('\\'))
    }
    /// The first `limit` rows of each parent in an order. `query` selects `columns` columns named `c0`, `c1`, …; `link` tells the
    /// parent. The answer has the same columns and [`PARENT`] at the end, each parent's rows together and in order.
    pub fn first_of_each(
        &self,
        mut query: SelectStatement,
        columns: usize,
        link: Col,
        keys: &[Key],
        limit: u64,
        sorting: &[Sort],
    ) -> SelectStatement {
        let parent = || Alias::new(PARENT);
        if let [only] = keys {
            query.and_where(Expr::col(link.column()).eq(only.value()));
            query.expr_as(Expr::col(link.column()), parent());
            sort(&mut query, sorting);
            query.limit(limit);
            return query;
        }
        let mut each = Query::select();
        for n in 0..columns {
            each.column(Alias::new(format!("c{n}")));
        }
        each.column(parent()).order_by(parent(), Dir::Asc);
        if self.postgres() && !matches!(keys.first(), Some(Key::Text(_))) {
            // A probe of the index for each parent, which reads no more than the page.
            query.and_where(Expr::col(link.column()).equals((Alias::new("k"), Alias::new("k"))));
            query.expr_as(Expr::col((Alias::new("k"), Alias::new("k"))), parent());
            for (n, by) in sorting.iter().enumerate() {
                query.expr_as(Expr::col(by.col.column()), Alias::new(format!("s{n}")));
                each.order_by_with_nulls(Alias::new(format!("s{n}")), by.direction(), by.nulls());
            }
            sort(&mut query, sorting);
            query.limit(limit);
            let parents = Expr::cust_with_values("CAST($1 AS bigint[])", [array(keys)]);
            each.from_function(Func::cust(Alias::new("unnest")).arg(parents), Alias::new("k")).join_lateral(
                JoinType::InnerJoin,
                query,
                Alias::new("x"),
                Condition::all().add(Expr::cust("TRUE")),
            );
        } else {
            let mut place = WindowStatement::partition_by(link.column());
            sort(&mut place, sorting);
            query.and_where(self.among(link, keys));
            query.expr_as(Expr::col(link.column()), parent());
            query.expr_window_as(Func::cust(Alias::new("ROW_NUMBER")), place, Alias::new("place"));
            each.from_subquery(query, Alias::new("x"))
                .and_where(Expr::col(Alias::new("place")).lte(limit))
                .order_by(Alias::new("place"), Dir::Asc);
        }
        each
    }
}

fn json(keys: &[Key]) -> String {
    serde_json::Value::from_iter(keys.iter().map(Key::json)).to_string()
}

/// A text as an element of an array.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn array(keys: &[Key]) -> String {
    let mut out = String::with_capacity(keys.len() * 6 + 2);
    out.push('{');
    for key in keys {
        if out.len() > 1 {
            out.push(',');
        }
        match key {
            Key::Int(id) => out.push_str(&id.to_string()),
            Key::Text(text) => out.push_str(&quoted(text)),
        }
    }
    out.push('}');
    out
}
