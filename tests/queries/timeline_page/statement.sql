SELECT convert_to(concat('{"customer":', coalesce(
        (SELECT concat('{"touchpoints":',
            (SELECT concat('{"edges":[', g.l0, '],"pageInfo":{"hasNextPage":false,"hasPreviousPage":', g.more::text, ',"startCursor":', coalesce(g.tail, 'null'), ',"endCursor":', coalesce(g.head, 'null'), '}}')
            FROM
              (SELECT string_agg(p.j0, ',' ORDER BY p.n DESC) FILTER (WHERE p.n <= 2) AS l0, count(*) > 2 AS more, min(p.c) FILTER (WHERE p.n = 1) AS head, min(p.c) FILTER (WHERE p.n = least(p.many, 2)) AS tail
              FROM
                (SELECT row_number() OVER () AS n, count(*) OVER () AS many, q.*
                FROM
                  (SELECT concat('{"cursor":', ('"~mark~c0;' || encode(convert_to(json_build_array(t2.occurred_at::text, t2.touchpoint_id::text)::text, 'UTF8'), 'hex') || ';"'), ',"node":{"kind":"', t2.kind, '","occurredAt":', coalesce(to_json(t2.occurred_at), 'null'), ',"cost":"', CASE WHEN t2.cost = round(t2.cost, 2) THEN round(t2.cost, 2)::text ELSE trim_scale(t2.cost)::text END, '","customer":', coalesce(
                        (SELECT concat('{"id":"', 'cus_' || replace(t3.customer_id::text, '-', ''), '"}') AS j
                        FROM customer t3
                        WHERE t3.customer_id = $1::uuid), 'null'), '}}') AS j0, ('"~mark~c0;' || encode(convert_to(json_build_array(t2.occurred_at::text, t2.touchpoint_id::text)::text, 'UTF8'), 'hex') || ';"') AS c
                  FROM touchpoint t2
                  WHERE t2.customer_id = $1::uuid AND (t2.channel = ANY($2::text[]) AND t2.occurred_at BETWEEN $3::timestamptz AND $4::timestamptz) ORDER BY t2.occurred_at ASC NULLS LAST, t2.touchpoint_id ASC LIMIT 3) q) p) g), '}') AS j
        FROM customer t1
        WHERE t1.customer_id = $1::uuid), 'null'), '}'), 'UTF8'),
  (SELECT json_object_agg(customer_id, survivor_id)
  FROM customer_alias
  WHERE customer_id IN ($1::uuid))
