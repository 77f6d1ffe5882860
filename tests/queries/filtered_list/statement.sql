SELECT
  (SELECT row_to_json(r)
  FROM
    (SELECT
      (SELECT row_to_json(r)
      FROM
        (SELECT
          (SELECT CASE WHEN count(*) <= 100000 THEN count(*) END
          FROM
            (SELECT 1
            FROM customer t4
            WHERE t4.merged_into IS NULL AND t4.erased_at IS NULL AND (((t4.country = $1::text) OR (((
                        (SELECT (t5.count >= $2::integer)
                        FROM
                          (SELECT count(*) AS count, coalesce(sum(t6.total), 0) AS total
                          FROM customer_order t6
                          WHERE t6.customer_id = t4.customer_id AND ((t6.cancelled_at IS NULL))) t5))) IS NOT TRUE)) AND t4.display_name_fold LIKE $3::text) LIMIT 100001) t) AS "totalCount", g.l0 AS "nodes",
          (SELECT row_to_json(i)
          FROM
            (SELECT g.more AS "hasNextPage", g.tail AS "endCursor") i) AS "pageInfo"
        FROM
          (SELECT coalesce(json_agg(p.j0) FILTER (WHERE p.n <= 2), '[]'::json) AS l0, count(*) > 2 AS more, min(p.c) FILTER (WHERE p.n = 1) AS head, min(p.c) FILTER (WHERE p.n = least(p.many, 2)) AS tail
          FROM
            (SELECT row_number() OVER () AS n, count(*) OVER () AS many, q.*
            FROM
              (SELECT
                (SELECT row_to_json(x)
                FROM
                  (SELECT t1.display_name AS "displayName", CASE WHEN t1s.predicted IS NOT NULL THEN
                    (SELECT row_to_json(r)
                    FROM
                      (SELECT CASE WHEN t1s.lifetime_value = round(t1s.lifetime_value, 2) THEN round(t1s.lifetime_value, 2)::text ELSE trim_scale(t1s.lifetime_value)::text END AS "total") r) END AS "lifetimeValue") x) AS j0, ('~mark~c0;' || encode(convert_to(json_build_array(t1s.lifetime_value::text, t1.customer_id::text)::text, 'UTF8'), 'hex') || ';') AS c
              FROM customer t1 JOIN customer_score t1s ON t1s.customer_id = t1.customer_id
              WHERE t1.merged_into IS NULL AND t1.erased_at IS NULL AND (((t1.country = $1::text) OR (((
                          (SELECT (t2.count >= $2::integer)
                          FROM
                            (SELECT count(*) AS count, coalesce(sum(t3.total), 0) AS total
                            FROM customer_order t3
                            WHERE t3.customer_id = t1.customer_id AND ((t3.cancelled_at IS NULL))) t2))) IS NOT TRUE)) AND t1.display_name_fold LIKE $3::text) ORDER BY t1s.lifetime_value DESC NULLS LAST, t1.customer_id DESC LIMIT 3) q) p) g) r) AS "customers") r)
