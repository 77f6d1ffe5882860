SELECT convert_to(concat('{"customers":{"edges":[',
      (SELECT string_agg(r.j, ',')
      FROM
        (SELECT *
        FROM (
            (SELECT concat('{"cursor":', ('"~mark~c0;' || encode(convert_to(json_build_array(t1.display_name_fold::text, t1.customer_id::text)::text, 'UTF8'), 'hex') || ';"'), ',"node":{"displayName":', coalesce(to_json(t1.display_name), 'null'), '}}') AS j
            FROM customer t1
            WHERE t1.merged_into IS NULL AND t1.erased_at IS NULL AND t1.display_name_fold IS NOT NULL ORDER BY t1.display_name_fold DESC NULLS FIRST, t1.customer_id DESC LIMIT 2) UNION ALL
            (SELECT concat('{"cursor":', ('"~mark~c0;' || encode(convert_to(json_build_array(t1.display_name_fold::text, t1.customer_id::text)::text, 'UTF8'), 'hex') || ';"'), ',"node":{"displayName":', coalesce(to_json(t1.display_name), 'null'), '}}') AS j
            FROM customer t1
            WHERE t1.merged_into IS NULL AND t1.erased_at IS NULL AND t1.display_name_fold IS NULL ORDER BY t1.display_name_fold DESC NULLS FIRST, t1.customer_id DESC LIMIT 2)) u LIMIT 2) r), ']}}'), 'UTF8')
