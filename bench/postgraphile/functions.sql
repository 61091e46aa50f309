-- What a user of PostGraphile would add for the shapes that tables and references alone cannot answer.
CREATE FUNCTION present_provinces() RETURNS SETOF unit LANGUAGE sql STABLE AS $$
    SELECT u.* FROM unit u WHERE u.level = 'PROVINCE' AND (u.valid_from IS NULL OR u.valid_from <= CURRENT_DATE)
    AND (u.valid_to IS NULL OR u.valid_to >= CURRENT_DATE) ORDER BY u.code
$$;
CREATE FUNCTION present_province(code text) RETURNS unit LANGUAGE sql STABLE AS $$
    SELECT u.* FROM unit u WHERE u.code = $1 AND (u.valid_from IS NULL OR u.valid_from <= CURRENT_DATE)
    AND (u.valid_to IS NULL OR u.valid_to >= CURRENT_DATE)
$$;
CREATE FUNCTION unit_newest_plans(u unit) RETURNS SETOF plan LANGUAGE sql STABLE AS $$
    SELECT p.* FROM unit_lineage l JOIN plan p ON p.area_id = l.ancestor_id WHERE l.unit_id = u.id
    ORDER BY p.issued_on DESC NULLS LAST, p.id LIMIT 10
$$;
CREATE FUNCTION public_observations(indicator text, area text, most integer) RETURNS SETOF observation LANGUAGE sql STABLE AS $$
    SELECT o.* FROM observation o WHERE o.indicator_id = (SELECT i.id FROM indicator i WHERE i.code = $1)
    AND o.area_id = ANY(ARRAY(SELECT u.id FROM unit u WHERE u.code = $2)) AND o.dimension = '' AND o.superseded_at IS NULL
    AND o.withdrawn_at IS NULL AND o.published_at IS NOT NULL AND o.sharing = 'OPEN'
    ORDER BY o.period_end DESC, o.period_start DESC, o.id LIMIT $3
$$;
CREATE FUNCTION unit_newest(u unit, indicators text[]) RETURNS SETOF observation LANGUAGE sql STABLE AS $$
    SELECT n.* FROM indicator i CROSS JOIN LATERAL (SELECT o.* FROM observation o WHERE o.indicator_id = i.id
        AND o.area_id = u.id AND o.dimension = '' AND o.superseded_at IS NULL AND o.withdrawn_at IS NULL
        AND o.published_at IS NOT NULL AND o.sharing = 'OPEN'
        ORDER BY o.period_end DESC, o.period_start DESC, o.id DESC LIMIT 1) n
    WHERE i.code = ANY($2) ORDER BY i.id
$$;
CREATE FUNCTION active_links(beyond bigint) RETURNS SETOF data_link LANGUAGE sql STABLE AS $$
    SELECT d.* FROM data_link d WHERE d.status = 'ACTIVE' AND (d.expires_on IS NULL OR d.expires_on >= CURRENT_DATE)
    AND d.id > $1 ORDER BY d.id
$$;
CREATE FUNCTION unit_present_version(u unit) RETURNS unit_version LANGUAGE sql STABLE AS $$
    SELECT v.* FROM unit_version v WHERE v.unit_id = u.id AND (v.valid_from IS NULL OR v.valid_from <= CURRENT_DATE)
    AND (v.valid_to IS NULL OR v.valid_to >= CURRENT_DATE)
$$;
