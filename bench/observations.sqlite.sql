-- A million observations beside the bundled data, and half a million changes: a value a month for each indicator and unit.
BEGIN;
INSERT OR IGNORE INTO observation (indicator_id, area_id, period, period_start, period_end, period_inferred, value, qualifier, dimension,
    methodology_version, status, state, sharing, source_id, revision, recorded_at, published_at, version, recorded_by)
WITH RECURSIVE months (n, d) AS (
    SELECT 0, '2014-01-01' UNION ALL SELECT n + 1, date(d, '+1 month') FROM months WHERE n < 149
)
SELECT i.id, u.id, strftime('%Y-%m', d), d, date(d, '+1 month', '-1 day'), 0, abs(random() % 10000) / 100.0, 'EXACT', '',
    1, (SELECT status FROM observation LIMIT 1), 'PUBLISHED', 'OPEN', (SELECT id FROM source LIMIT 1), 1,
    (SELECT max(recorded_at) FROM observation), (SELECT max(published_at) FROM observation), 1, 'operator'
FROM indicator i, unit u, months;
INSERT INTO change (type, action, key, node_id, at)
SELECT 'OBSERVATION', 'CREATED', 'x' || id, id, recorded_at FROM observation ORDER BY id LIMIT 500000;
COMMIT;
ANALYZE;
