SELECT row_to_json(answer) FROM (
  SELECT (SELECT row_to_json(x) FROM (
    SELECT v.member_count AS "memberCount", (SELECT row_to_json(p) FROM (
      SELECT coalesce(json_agg(node) FILTER (WHERE place <= 50), '[]') AS nodes,
             json_build_object('hasNextPage', count(*) > 50) AS "pageInfo"
      FROM (
        SELECT row_number() OVER () AS place, (SELECT row_to_json(n) FROM (
          SELECT 'cus_' || replace(r.customer_id::text, '-', '') AS id, r.created_at AS "createdAt",
                 r.lifecycle_stage AS "lifecycleStage", r.value_tier AS "valueTier",
                 r.last_touchpoint_at AS "lastTouchpointAt",
                 (SELECT row_to_json(a) FROM (SELECT r.city, r.country) a) AS address
        ) n) AS node
        FROM (
          SELECT c.customer_id, c.created_at, c.last_touchpoint_at, c.city, c.country, s.lifecycle_stage, s.value_tier
          FROM customer c JOIN customer_score s ON s.customer_id = c.customer_id
          JOIN customer_segment k ON k.customer_id = c.customer_id
          WHERE c.merged_into IS NULL AND c.erased_at IS NULL AND k.segments @> ARRAY[$1::bigint]
          ORDER BY c.created_at DESC, c.customer_id DESC
          LIMIT 51
        ) r
      ) placed
    ) p) AS members
    FROM segment v WHERE v.number = $1
  ) x) AS segment
) answer
