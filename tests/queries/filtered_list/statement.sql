SELECT convert_to(concat('{"customers":',
      (SELECT concat('{"totalCount":',
          (SELECT CASE WHEN count(*) <= 100000 THEN count(*)::text ELSE 'null' END
          FROM
            (SELECT 1
            FROM customer t4
            WHERE t4.merged_into IS NULL AND t4.erased_at IS NULL AND (((t4.country = $1::text) OR ((((t4.customer_id IN
                          (SELECT t5.customer_id
                          FROM
                            (SELECT t6.customer_id, count(*) AS count, sum(t6.total) AS total
                            FROM customer_order t6
                            WHERE ((t6.cancelled_at IS NULL)) GROUP BY t6.customer_id) t5
                          WHERE (t5.count >= $2::integer)) OR (
                            (SELECT (t5.count >= $2::integer)
                            FROM
                              (SELECT 0 AS count, 0 AS total) t5) AND t4.customer_id NOT IN
                            (SELECT t6.customer_id
                            FROM customer_order t6
                            WHERE ((t6.cancelled_at IS NULL)) GROUP BY t6.customer_id))))) IS NOT TRUE)) AND t4.display_name_fold LIKE $3::text) LIMIT 100001) t), ',"nodes":[', g.l0, '],"pageInfo":{"hasNextPage":', g.more::text, ',"endCursor":', coalesce(g.tail, 'null'), '}}')
      FROM
        (SELECT string_agg(p.j0, ',') FILTER (WHERE p.n <= 2) AS l0, count(*) > 2 AS more, min(p.c) FILTER (WHERE p.n = 1) AS head, min(p.c) FILTER (WHERE p.n = least(p.many, 2)) AS tail
        FROM
          (SELECT row_number() OVER () AS n, count(*) OVER () AS many, q.*
          FROM
            (SELECT concat('{"displayName":', coalesce(to_json(t1.display_name), 'null'), ',"lifetimeValue":', CASE WHEN t1s.predicted IS NOT NULL THEN concat('{"total":"', CASE WHEN t1s.lifetime_value = round(t1s.lifetime_value, 2) THEN round(t1s.lifetime_value, 2)::text ELSE trim_scale(t1s.lifetime_value)::text END, '"}') ELSE 'null' END, '}') AS j0, ('"~mark~c0;' || encode(convert_to(json_build_array(t1s.lifetime_value::text, t1.customer_id::text)::text, 'UTF8'), 'hex') || ';"') AS c
            FROM customer t1 JOIN customer_score t1s ON t1s.customer_id = t1.customer_id
            WHERE t1.merged_into IS NULL AND t1.erased_at IS NULL AND (((t1.country = $1::text) OR ((((t1.customer_id IN
                          (SELECT t2.customer_id
                          FROM
                            (SELECT t3.customer_id, count(*) AS count, sum(t3.total) AS total
                            FROM customer_order t3
                            WHERE ((t3.cancelled_at IS NULL)) GROUP BY t3.customer_id) t2
                          WHERE (t2.count >= $2::integer)) OR (
                            (SELECT (t2.count >= $2::integer)
                            FROM
                              (SELECT 0 AS count, 0 AS total) t2) AND t1.customer_id NOT IN
                            (SELECT t3.customer_id
                            FROM customer_order t3
                            WHERE ((t3.cancelled_at IS NULL)) GROUP BY t3.customer_id))))) IS NOT TRUE)) AND t1.display_name_fold LIKE $3::text) ORDER BY t1s.lifetime_value DESC NULLS LAST, t1.customer_id DESC LIMIT 3) q) p) g), '}'), 'UTF8')
