SELECT
  (SELECT row_to_json(r)
  FROM
    (SELECT
      (SELECT row_to_json(r)
      FROM
        (SELECT
          (SELECT coalesce(json_agg(r), '[]'::json)
          FROM
            (SELECT *
            FROM (
                (SELECT ('~mark~c0;' || encode(convert_to(json_build_array(t1.display_name_fold::text, t1.customer_id::text)::text, 'UTF8'), 'hex') || ';') AS "cursor",
                  (SELECT row_to_json(r)
                  FROM
                    (SELECT t1.display_name AS "displayName") r) AS "node"
                FROM customer t1
                WHERE t1.merged_into IS NULL AND t1.erased_at IS NULL AND t1.display_name_fold IS NOT NULL ORDER BY t1.display_name_fold DESC NULLS FIRST, t1.customer_id DESC LIMIT 2) UNION ALL
                (SELECT ('~mark~c0;' || encode(convert_to(json_build_array(t1.display_name_fold::text, t1.customer_id::text)::text, 'UTF8'), 'hex') || ';') AS "cursor",
                  (SELECT row_to_json(r)
                  FROM
                    (SELECT t1.display_name AS "displayName") r) AS "node"
                FROM customer t1
                WHERE t1.merged_into IS NULL AND t1.erased_at IS NULL AND t1.display_name_fold IS NULL ORDER BY t1.display_name_fold DESC NULLS FIRST, t1.customer_id DESC LIMIT 2)) u LIMIT 2) r) AS "edges") r) AS "customers") r)
