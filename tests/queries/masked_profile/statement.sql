SELECT convert_to(concat('{"customer":', coalesce(
        (SELECT concat('{"displayName":', CASE WHEN t1.display_name IS NOT NULL THEN '"***"' ELSE 'null' END, ',"email":', CASE WHEN t1.email IS NOT NULL THEN '"***"' ELSE 'null' END, ',"attributes":', coalesce((t1.attributes)::text, 'null'), ',"address":', CASE WHEN num_nonnulls(t1.address_recipient, t1.postal_code, t1.city, t1.region, t1.country) > 0 OR cardinality(t1.address_lines) > 0 THEN concat('{"lines":', CASE WHEN cardinality(t1.address_lines) > 0 THEN '["***"]' ELSE '[]' END, ',"postalCode":', CASE WHEN t1.postal_code IS NOT NULL THEN '"***"' ELSE 'null' END, ',"city":', coalesce(to_json(t1.city), 'null'), '}') ELSE 'null' END, ',"demographics":{"birthDate":null},"identities":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"kind":"', t2.kind, '","value":', CASE WHEN t2.value IS NOT NULL THEN '"***"' ELSE 'null' END, '}') AS j
              FROM customer_identity t2
              WHERE t2.customer_id = $1::uuid ORDER BY t2.kind COLLATE "C", t2.scope COLLATE "C", t2.value COLLATE "C") r), '],"touchpoints":{"nodes":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"subject":', CASE WHEN t3.subject IS NOT NULL THEN '"***"' ELSE 'null' END, ',"properties":{}}') AS j
              FROM touchpoint t3
              WHERE t3.customer_id = $1::uuid ORDER BY t3.occurred_at DESC NULLS FIRST, t3.touchpoint_id DESC LIMIT 1) r), ']}}') AS j
        FROM customer t1
        WHERE t1.customer_id = $1::uuid), 'null'), '}'), 'UTF8'),
  (SELECT json_object_agg(customer_id, survivor_id)
  FROM customer_alias
  WHERE customer_id IN ($1::uuid))
