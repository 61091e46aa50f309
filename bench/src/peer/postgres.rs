//! The peers on PostgreSQL.

use bytes::Bytes;
use chrono::{NaiveDate, Utc};
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use futures_util::{SinkExt, future::BoxFuture, pin_mut};
use serde_json::Value;
use tokio_postgres::{NoTls, Row, types::ToSql};

use super::{
    CONNECTIONS, Recorded,
    flat::{Level, Read, Table, answer, ids, levels, own_column},
    missing, today,
};
use crate::{
    failure::Result,
    shapes::{Bind, Shape, Statement},
};

/// A pool of connections.
pub struct Store {
    pool: Pool,
    flat: bool,
    today: NaiveDate,
}

type Bound = Box<dyn ToSql + Sync + Send>;

fn bound(binds: &[Bind], body: &Value, today: NaiveDate, above: &[i64]) -> Result<Vec<Bound>> {
    let given = |name: &str| body.get(name).ok_or_else(|| missing(name));
    let bind = |bind: &Bind| -> Result<Bound> {
        Ok(match bind {
            Bind::Text(name) => Box::new(given(name)?.as_str().ok_or_else(|| missing(name))?.to_owned()),
            Bind::Int(name) => Box::new(given(name)?.as_i64().ok_or_else(|| missing(name))?),
            Bind::Texts(name) => {
                let list = given(name)?.as_array().ok_or_else(|| missing(name))?;
                Box::new(list.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<String>>())
            }
            Bind::Today => Box::new(today),
            Bind::Above => Box::new(above.to_vec()),
        })
    };
    binds.iter().map(bind).collect()
}

async fn rows(client: &Object, statement: &Statement, bound: &[Bound]) -> Result<Vec<Row>> {
    let prepared = client.prepare_cached(statement.sql).await?;
    let bound: Vec<&(dyn ToSql + Sync)> = bound.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect();
    Ok(client.query(&prepared, &bound).await?)
}

/// Rows as the driver has them.
pub struct Rows(Vec<Row>);

impl Table for Rows {
    fn rows(&self) -> usize {
        self.0.len()
    }
    fn text(&self, row: usize, column: usize) -> Option<&str> {
        self.0.get(row)?.try_get(column).ok()?
    }
    fn int(&self, row: usize, column: usize) -> Option<i64> {
        self.0.get(row)?.try_get(column).ok()?
    }
    fn real(&self, row: usize, column: usize) -> Option<f64> {
        self.0.get(row)?.try_get(column).ok()?
    }
    fn bool(&self, row: usize, column: usize) -> bool {
        self.0.get(row).and_then(|row| row.try_get(column).ok()).unwrap_or(false)
    }
}

fn read<'a>(
    client: &'a Object,
    level: &'static Level,
    body: &'a Value,
    today: NaiveDate,
    above: Vec<i64>,
    depth: usize,
) -> BoxFuture<'a, Result<Read<Rows>>> {
    Box::pin(async move {
        let bound = bound(level.postgres.binds, body, today, &above)?;
        let table = Rows(rows(client, &level.postgres, &bound).await?);
        let mut below = vec![];
        for next in levels(level.parts) {
            let ids = ids(&table, own_column(depth));
            below.push(read(client, next, body, today, ids, depth + 1).await?);
        }
        Ok(Read::new(table, depth, below))
    })
}

/// The bare insert: what the service writes of an observation besides is its own affair.
const INSERT: &str = "INSERT INTO observation (indicator_id, area_id, period, period_start, period_end, period_inferred, \
     value, qualifier, dimension, methodology_version, status, state, sharing, source_id, revision, recorded_at, version, \
     recorded_by) SELECT i.id, u.id, '2026-10', '2026-10-01', '2026-10-31', FALSE, $4, 'EXACT', $3, 1, 'OFFICIAL', 'DRAFT', \
     'OPEN', (SELECT MIN(id) FROM source), 1, $5, 1, 'operator' FROM indicator i, unit u WHERE i.code = $1 AND u.code = $2 \
     AND u.valid_to IS NULL";

const STAGE: &str = "CREATE TEMP TABLE IF NOT EXISTS staging (indicator TEXT, area TEXT, period TEXT, dimension TEXT, \
     value DOUBLE PRECISION, title TEXT) ON COMMIT DELETE ROWS";

const FROM_STAGE: &str = "INSERT INTO observation (indicator_id, area_id, period, period_start, period_end, \
     period_inferred, value, qualifier, dimension, methodology_version, status, state, sharing, source_id, revision, \
     recorded_at, version, recorded_by) SELECT i.id, u.id, s.period, (s.period || '-01')::date, \
     (s.period || '-01')::date + INTERVAL '1 month' - INTERVAL '1 day', FALSE, s.value, 'EXACT', s.dimension, 1, 'OFFICIAL', \
     'DRAFT', 'OPEN', (SELECT MIN(id) FROM source), 1, now(), 1, 'operator' FROM staging s \
     JOIN indicator i ON i.code = s.indicator JOIN unit u ON u.code = s.area AND u.valid_to IS NULL";

impl Store {
    /// A pool; connections are made when they are needed.
    pub fn open(url: &str, flat: bool) -> Result<Self> {
        let manager =
            Manager::from_config(url.parse()?, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        Ok(Store { pool: Pool::builder(manager).max_size(CONNECTIONS).build()?, flat, today: today() })
    }

    /// The answer to a shape.
    pub async fn read(&self, shape: &'static Shape, body: &Value) -> Result<Vec<u8>> {
        let client = self.pool.get().await?;
        if self.flat {
            let mut roots = vec![];
            for level in levels(shape.flat) {
                roots.push(read(&client, level, body, self.today, vec![], 0).await?);
            }
            return Ok(answer(shape.flat, roots));
        }
        let bound = bound(shape.limit.binds, body, self.today, &[])?;
        let rows = rows(&client, &shape.limit, &bound).await?;
        let json: &str = rows.first().ok_or("no row")?.try_get(0)?;
        Ok(json.as_bytes().to_vec())
    }

    /// One row in a transaction.
    pub async fn record(&self, of: &Recorded<'_>) -> Result<()> {
        let mut client = self.pool.get().await?;
        let transaction = client.transaction().await?;
        let insert = transaction.prepare_cached(INSERT).await?;
        let written =
            transaction.execute(&insert, &[&of.indicator, &of.area, &of.dimension, &of.value, &Utc::now()]).await?;
        transaction.commit().await?;
        if written == 1 { Ok(()) } else { Err(format!("{written} rows were written").into()) }
    }

    /// Rows of a CSV file, by COPY into a staging table and one INSERT.
    pub async fn import(&self, csv: Bytes) -> Result<u64> {
        let mut client = self.pool.get().await?;
        client.batch_execute(STAGE).await?;
        let transaction = client.transaction().await?;
        let copy = transaction.copy_in("COPY staging FROM STDIN WITH (FORMAT csv, HEADER)").await?;
        pin_mut!(copy);
        copy.send(csv).await?;
        copy.finish().await?;
        let written = transaction.execute(FROM_STAGE, &[]).await?;
        transaction.commit().await?;
        Ok(written)
    }
}
