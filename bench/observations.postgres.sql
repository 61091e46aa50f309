-- A million observations beside the bundled data, and half a million changes: a value a month for each indicator and unit.
INSERT INTO observation (indicator_id, area_id, period, period_start, period_end, period_inferred, value, qualifier, dimension,
    methodology_version, status, state, sharing, source_id, revision, recorded_at, published_at, version, recorded_by)
SELECT i.id, u.id, to_char(d, 'YYYY-MM'), d, (d + interval '1 month' - interval '1 day')::date, false, random() * 100, 'EXACT', '',
    1, (SELECT status FROM observation LIMIT 1), 'PUBLISHED', 'OPEN', (SELECT id FROM source LIMIT 1), 1, now(), now(), 1, 'operator'
FROM indicator i, unit u,
    (SELECT (date '2014-01-01' + make_interval(months => n))::date AS d FROM generate_series(0, 149) n) months
ON CONFLICT DO NOTHING;
INSERT INTO change (type, action, key, node_id, at)
SELECT 'OBSERVATION', 'CREATED', 'x' || id, id, now() FROM observation ORDER BY id LIMIT 500000;
ANALYZE;
