SELECT convert_to(concat('{"settings":', coalesce(
        (SELECT concat('{"baseCurrency":', coalesce(to_json(t1.base_currency), 'null'), ',"timeZone":', coalesce(to_json(t1.time_zone), 'null'), ',"assumedMargin":', coalesce((t1.assumed_margin)::text, 'null'), ',"frequencyCap":', CASE WHEN t1.frequency_cap IS NOT NULL THEN concat('{"per":', coalesce(to_json((t1.frequency_cap ->> 'per')), 'null'), '}') ELSE 'null' END, ',"rateCard":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"channel":"', t2.channel, '","kind":', coalesce('"' || t2.kind || '"', 'null'), ',"cost":"', CASE WHEN t2.cost = round(t2.cost, 2) THEN round(t2.cost, 2)::text ELSE trim_scale(t2.cost)::text END, '"}') AS j
              FROM
                (SELECT r.rate ->> 'channel' AS channel, r.rate ->> 'kind' AS kind, (r.rate ->> 'cost')::numeric AS cost
                FROM jsonb_array_elements(t1.rate_card) AS r (rate)) t2 ORDER BY t2.channel COLLATE "C", t2.kind COLLATE "C" NULLS FIRST) r), ']}') AS j
        FROM
          (SELECT '00000000-0000-0000-0000-000000000001'::uuid AS settings_id, s.*
          FROM settings s) t1), 'null'), '}'), 'UTF8')
