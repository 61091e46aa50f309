//! Conditions and statements that the two databases word differently.

use sea_orm::sea_query::{
    Alias, Condition, Expr, ExprTrait, Func, FunctionCall, JoinType, LikeExpr, Order as Dir, Query, SelectStatement,
};

use super::{
    super::{
        object::{Col, Key},
        page::Parts,
        text::literal,
    },
    Db, PARENT, Sort, sort,
};

impl Db {
    /// Rows of `table`'s `col` whose value is one of these keys. One parameter, whatever their number, so that the statement
    /// stays the same and prepared.
    pub fn among(&self, col: Col, keys: &[Key]) -> Expr {
        let name = format!("\"{}\".\"{}\"", col.table, col.name);
        match self.postgres() {
            // Unpacked from JSON in a sub-select, their number would be hidden from the planner, which then reads the whole table.
            true => Expr::cust_with_values(format!("{name} = ANY({})", array_of(keys)), [array(keys)]),
            false => Expr::cust_with_values(format!("{name} IN (SELECT value FROM json_each(?))"), [json(keys)]),
        }
    }
    /// Rows of `table`'s `col` whose value is one of those that a statement selects.
    pub fn selected(&self, col: Col, values: SelectStatement) -> Expr {
        let column = Expr::col(col.column());
        if !self.postgres() {
            return column.in_subquery(values);
        }
        // As an array they are selected once, before anything else, and each is looked up by the column's index. Of a sub-select
        // PostgreSQL makes a join, and may begin with the other table, which is the large one.
        let values = Func::cust(Alias::new("ARRAY")).arg(Expr::SubQuery(None, Box::new(values.into())));
        column.eq(Func::cust(Alias::new("ANY")).arg(values))
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
        let (k, value) = (Alias::new("k"), Alias::new("value"));
        if self.postgres() {
            // A probe of the index for each parent, which reads no more than the page.
            query.and_where(Expr::col(link.column()).equals((k.clone(), k.clone())));
            query.expr_as(Expr::col((k.clone(), k.clone())), parent());
            let mut each = Query::select();
            for n in 0..columns {
                each.column(Alias::new(format!("c{n}")));
            }
            each.column(parent()).order_by(parent(), Dir::Asc);
            for (n, by) in sorting.iter().enumerate() {
                query.expr_as(Expr::col(by.col.column()), Alias::new(format!("s{n}")));
                by.put(&mut each, Alias::new(format!("s{n}")));
            }
            sort(&mut query, sorting);
            query.limit(limit);
            each.from_function(
                Func::cust(Alias::new("unnest")).arg(Expr::cust_with_values(array_of(keys), [array(keys)])),
                k,
            )
            .join_lateral(
                JoinType::InnerJoin,
                query,
                Alias::new("x"),
                Condition::all().add(Expr::cust("TRUE")),
            );
            return each;
        }
        // SQLite has no lateral join: the keys of a parent's first rows are an array, whose elements lead to the rows.
        let key = sorting.last().map_or(link, |by| by.col);
        let of_parent = Expr::col(link.column()).equals((k.clone(), value.clone()));
        let mut first = query.clone();
        first.clear_selects().expr_as(Expr::col(key.column()), Alias::new("id")).and_where(of_parent.clone());
        sort(&mut first, sorting);
        first.limit(limit);
        query
            .expr_as(Expr::col(link.column()), parent())
            .from_function(Func::cust(Alias::new("json_each")).arg(json(keys)), k)
            .from_function(elements_of(first), Alias::new("f"))
            .and_where(of_parent)
            .and_where(Expr::col(key.column()).equals((Alias::new("f"), value)))
            .order_by(parent(), Dir::Asc);
        sort(&mut query, sorting);
        query
    }
}

impl Db {
    /// Rows that are among the first `limit` of one of some parts in an order. `query` says which rows of the parts.
    pub fn first_of_parts(
        &self,
        mut query: SelectStatement,
        parts: &Parts,
        key: Col,
        limit: u64,
        sorting: &[Sort],
    ) -> Expr {
        let (k, x, id) = (Alias::new("k"), Alias::new("x"), Alias::new("id"));
        query.cond_where(parts.condition.clone()).expr_as(Expr::col(key.column()), id.clone());
        for (n, column) in parts.columns.iter().enumerate() {
            query.and_where(Expr::col(column.column()).equals((k.clone(), Alias::new(format!("k{n}")))));
        }
        sort(&mut query, sorting);
        query.limit(limit);
        let mut ids = Query::select();
        ids.from_subquery(parts.keys.clone(), k);
        if self.postgres() {
            ids.column((x.clone(), id));
            ids.join_lateral(JoinType::InnerJoin, query, x, Condition::all().add(Expr::cust("TRUE")));
        } else {
            ids.column((x.clone(), Alias::new("value"))).from_function(elements_of(query), x);
        }
        self.selected(key, ids)
    }
}

/// The ids that a statement selects, as rows: what SQLite has for a lateral join.
fn elements_of(ids: SelectStatement) -> FunctionCall {
    let (id, x) = (Alias::new("id"), Alias::new("x"));
    let array = Func::cust(Alias::new("json_group_array")).arg(Expr::col(id));
    let array = Query::select().expr(array).from_subquery(ids, x).to_owned();
    Func::cust(Alias::new("json_each")).arg(Expr::SubQuery(None, Box::new(array.into())))
}

/// The parameter of an array of keys.
fn array_of(keys: &[Key]) -> &'static str {
    match keys.first() {
        Some(Key::Text(_)) => "CAST($1 AS text[])",
        _ => "CAST($1 AS bigint[])",
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
