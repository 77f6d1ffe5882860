SELECT convert_to(concat('{"customer":', coalesce(
        (SELECT concat('{"id":"', 'cus_' || replace(t1.customer_id::text, '-', ''), '","kind":"', t1.kind, '","displayName":', coalesce(to_json(t1.display_name), 'null'), ',"email":', coalesce(to_json(t1.email), 'null'), ',"attributes":', coalesce(((t1.attributes || t1.personal_attributes))::text, 'null'), ',"mergedFrom":', coalesce((
                (SELECT coalesce(json_agg(l.id ORDER BY l.merged_at, l.id), '[]'::json)
                FROM
                  (SELECT 'cus_' || replace(m.customer_id::text, '-', '') AS id, m.merged_at
                  FROM customer_alias m
                  WHERE m.survivor_id = $1::uuid) l))::text, 'null'), ',"address":', CASE WHEN num_nonnulls(t1.address_recipient, t1.postal_code, t1.city, t1.region, t1.country) > 0 OR cardinality(t1.address_lines) > 0 THEN concat('{"lines":', coalesce(to_json(t1.address_lines), 'null'), ',"postalCode":', coalesce(to_json(t1.postal_code), 'null'), ',"city":', coalesce(to_json(t1.city), 'null'), ',"country":', coalesce(to_json(t1.country), 'null'), '}') ELSE 'null' END, ',"demographics":{"birthDate":', coalesce(to_json(t1.birth_date), 'null'), ',"language":', coalesce(to_json(t1.language), 'null'), '},"acquisition":', CASE WHEN t1.acquisition_at IS NOT NULL THEN concat('{"channel":"', t1.acquisition_channel, '","at":', coalesce(to_json(t1.acquisition_at), 'null'), '}') ELSE 'null' END, ',"lifecycleStage":"', t1s.lifecycle_stage, '","lifecycleSince":', coalesce(to_json(t1s.lifecycle_since), 'null'), ',"valueTier":', coalesce('"' || t1s.value_tier || '"', 'null'), ',"lastTouchpointAt":', coalesce(to_json(t1.last_touchpoint_at), 'null'), ',"createdAt":', coalesce(to_json(t1.created_at), 'null'), ',"identities":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"kind":"', t2.kind, '","source":', coalesce(to_json(t2.source), 'null'), ',"value":', coalesce(to_json(t2.value), 'null'), ',"verified":', coalesce((t2.verified)::text, 'null'), ',"primary":', coalesce((t2.is_primary)::text, 'null'), '}') AS j
              FROM customer_identity t2
              WHERE t2.customer_id = $1::uuid ORDER BY t2.kind COLLATE "C", t2.scope COLLATE "C", t2.value COLLATE "C") r), ']}') AS j
        FROM customer t1 JOIN customer_score t1s ON t1s.customer_id = $1::uuid
        WHERE t1.customer_id = $1::uuid), 'null'), '}'), 'UTF8'),
  (SELECT json_object_agg(customer_id, survivor_id)
  FROM customer_alias
  WHERE customer_id IN ($1::uuid))
