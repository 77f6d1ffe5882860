SELECT convert_to(concat('{"segment":', coalesce(
        (SELECT concat('{"where":', coalesce((CASE WHEN NOT t1v.personal THEN t1v.filter END)::text, 'null'), ',"definition":', coalesce(to_json(CASE WHEN t1v.personal THEN t1v.masked ELSE t1v.definition END), 'null'), ',"memberCount":', coalesce(((CASE WHEN t1.member_count < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                    (SELECT t1.segment_id UNION SELECT m.named_id
                    FROM veil_names n CROSS JOIN LATERAL
                      (SELECT u.named_id
                      FROM segment_use u
                      WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                      FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                      WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                  FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                  WHERE y.personal AND y.retired_at IS NULL) THEN 5 ELSE t1.member_count END))::text, 'null'), ',"members":{"totalCount":',
            (SELECT CASE WHEN count(*) <= 100000 AND NOT EXISTS
              (SELECT FROM segment w
              WHERE w.segment_id = t1.segment_id AND w.member_count < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                  (SELECT w.segment_id UNION SELECT m.named_id
                  FROM veil_names n CROSS JOIN LATERAL
                    (SELECT u.named_id
                    FROM segment_use u
                    WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                    FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                    WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                WHERE y.personal AND y.retired_at IS NULL)) THEN count(*)::text ELSE 'null' END
            FROM
              (SELECT 1
              FROM customer t2
              WHERE t2.merged_into IS NULL AND t2.erased_at IS NULL AND EXISTS
                (SELECT 1
                FROM customer_segment k
                WHERE k.customer_id = t2.customer_id AND k.segments @> ARRAY[t1.number]) AND NOT EXISTS
                (SELECT FROM segment w
                WHERE w.segment_id = t1.segment_id AND w.member_count < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                    (SELECT w.segment_id UNION SELECT m.named_id
                    FROM veil_names n CROSS JOIN LATERAL
                      (SELECT u.named_id
                      FROM segment_use u
                      WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                      FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                      WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                  FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                  WHERE y.personal AND y.retired_at IS NULL)) LIMIT 100001) t), ',"nodes":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"id":"', 'cus_' || replace(t3.customer_id::text, '-', ''), '"}') AS j
              FROM (WITH along AS MATERIALIZED
                  (SELECT w.id, row_number() OVER () AS n
                  FROM
                    (SELECT o.id
                    FROM
                      (SELECT t4.customer_id AS id
                      FROM customer t4
                      WHERE t4.merged_into IS NULL AND t4.erased_at IS NULL AND NOT EXISTS
                        (SELECT FROM segment w
                        WHERE w.segment_id = t1.segment_id AND w.member_count < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                            (SELECT w.segment_id UNION SELECT m.named_id
                            FROM veil_names n CROSS JOIN LATERAL
                              (SELECT u.named_id
                              FROM segment_use u
                              WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                              FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                              WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                          FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                          WHERE y.personal AND y.retired_at IS NULL)) AND NOT (t1.member_count::float8 ^ 2 < 50 *
                          (SELECT c.reltuples
                          FROM pg_class c
                          WHERE c.oid = 'customer'::regclass)) ORDER BY t4.created_at DESC NULLS FIRST, t4.customer_id DESC LIMIT 20000) o
                    WHERE
                      (SELECT k.segments @> ARRAY[t1.number]
                      FROM customer_segment k
                      WHERE k.customer_id = o.id) LIMIT 50) w LIMIT 50) SELECT a.id, a.n
                FROM along a
                WHERE
                  (SELECT count(*)
                  FROM along) = 50 UNION ALL
                  (SELECT w.id, row_number() OVER ()
                  FROM
                    (SELECT t4.customer_id AS id
                    FROM customer t4
                    WHERE t4.merged_into IS NULL AND t4.erased_at IS NULL AND NOT EXISTS
                      (SELECT FROM segment w
                      WHERE w.segment_id = t1.segment_id AND w.member_count < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                          (SELECT w.segment_id UNION SELECT m.named_id
                          FROM veil_names n CROSS JOIN LATERAL
                            (SELECT u.named_id
                            FROM segment_use u
                            WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                            FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                            WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                        FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                        WHERE y.personal AND y.retired_at IS NULL)) AND t4.customer_id = ANY (ARRAY
                        (SELECT k.customer_id
                        FROM customer_segment k
                        WHERE k.segments @> ARRAY[t1.number])) AND
                      (SELECT count(*)
                      FROM along) < 50 ORDER BY t4.created_at DESC NULLS FIRST, t4.customer_id DESC LIMIT 50) w LIMIT 50)) p CROSS JOIN customer t3
              WHERE t3.customer_id = p.id ORDER BY p.n) r), ']},"membersAt":{"totalCount":',
            (SELECT CASE WHEN count(*) <= 100000 AND (NOT EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                  (SELECT t1.segment_id UNION SELECT m.named_id
                  FROM veil_names n CROSS JOIN LATERAL
                    (SELECT u.named_id
                    FROM segment_use u
                    WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                    FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                    WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                WHERE y.personal AND y.retired_at IS NULL) OR
                (SELECT count(*)
                FROM
                  (SELECT 1
                  FROM customer_segment k
                  WHERE k.segments @> ARRAY[t1.number] AND k.entered_at[array_position(k.segments, t1.number)] <= $2::timestamptz UNION ALL SELECT 1
                  FROM segment_stay k
                  WHERE k.segment_id = t1.segment_id AND k.entered_at <= $2::timestamptz AND k.left_at > $2::timestamptz LIMIT 5) q) = 5) THEN count(*)::text ELSE 'null' END
            FROM
              (SELECT 1
              FROM customer t5
              WHERE t5.merged_into IS NULL AND t5.erased_at IS NULL AND t5.customer_id IN
                (SELECT k.customer_id
                FROM customer_segment k
                WHERE k.segments @> ARRAY[t1.number] AND k.entered_at[array_position(k.segments, t1.number)] <= $2::timestamptz UNION ALL SELECT coalesce(l.survivor_id, k.customer_id)
                FROM segment_stay k LEFT JOIN customer_alias l ON l.customer_id = k.customer_id
                WHERE k.segment_id = t1.segment_id AND k.entered_at <= $2::timestamptz AND k.left_at > $2::timestamptz) AND (NOT EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                    (SELECT t1.segment_id UNION SELECT m.named_id
                    FROM veil_names n CROSS JOIN LATERAL
                      (SELECT u.named_id
                      FROM segment_use u
                      WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                      FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                      WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                  FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                  WHERE y.personal AND y.retired_at IS NULL) OR
                  (SELECT count(*)
                  FROM
                    (SELECT 1
                    FROM customer_segment k
                    WHERE k.segments @> ARRAY[t1.number] AND k.entered_at[array_position(k.segments, t1.number)] <= $2::timestamptz UNION ALL SELECT 1
                    FROM segment_stay k
                    WHERE k.segment_id = t1.segment_id AND k.entered_at <= $2::timestamptz AND k.left_at > $2::timestamptz LIMIT 5) q) = 5) LIMIT 100001) t), ',"nodes":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"id":"', 'cus_' || replace(t6.customer_id::text, '-', ''), '"}') AS j
              FROM (WITH along AS MATERIALIZED
                  (SELECT w.id, row_number() OVER () AS n
                  FROM
                    (SELECT o.id
                    FROM
                      (SELECT t7.customer_id AS id
                      FROM customer t7
                      WHERE t7.merged_into IS NULL AND t7.erased_at IS NULL AND (NOT EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                            (SELECT t1.segment_id UNION SELECT m.named_id
                            FROM veil_names n CROSS JOIN LATERAL
                              (SELECT u.named_id
                              FROM segment_use u
                              WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                              FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                              WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                          FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                          WHERE y.personal AND y.retired_at IS NULL) OR
                          (SELECT count(*)
                          FROM
                            (SELECT 1
                            FROM customer_segment k
                            WHERE k.segments @> ARRAY[t1.number] AND k.entered_at[array_position(k.segments, t1.number)] <= $2::timestamptz UNION ALL SELECT 1
                            FROM segment_stay k
                            WHERE k.segment_id = t1.segment_id AND k.entered_at <= $2::timestamptz AND k.left_at > $2::timestamptz LIMIT 5) q) = 5) AND NOT (t1.member_count::float8 ^ 2 < 50 *
                          (SELECT c.reltuples
                          FROM pg_class c
                          WHERE c.oid = 'customer'::regclass)) ORDER BY t7.created_at DESC NULLS FIRST, t7.customer_id DESC LIMIT 20000) o
                    WHERE (EXISTS
                        (SELECT 1
                        FROM customer_segment k
                        WHERE k.customer_id = o.id AND k.segments @> ARRAY[t1.number] AND k.entered_at[array_position(k.segments, t1.number)] <= $2::timestamptz) OR EXISTS
                        (SELECT 1
                        FROM segment_stay k
                        WHERE k.customer_id IN
                          (SELECT o.id UNION ALL SELECT l.customer_id
                          FROM customer_alias l
                          WHERE l.survivor_id = o.id) AND k.segment_id = t1.segment_id AND k.entered_at <= $2::timestamptz AND k.left_at > $2::timestamptz)) LIMIT 50) w LIMIT 50) SELECT a.id, a.n
                FROM along a
                WHERE
                  (SELECT count(*)
                  FROM along) = 50 UNION ALL
                  (SELECT w.id, row_number() OVER ()
                  FROM
                    (SELECT t7.customer_id AS id
                    FROM customer t7
                    WHERE t7.merged_into IS NULL AND t7.erased_at IS NULL AND (NOT EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                          (SELECT t1.segment_id UNION SELECT m.named_id
                          FROM veil_names n CROSS JOIN LATERAL
                            (SELECT u.named_id
                            FROM segment_use u
                            WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                            FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                            WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                        FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                        WHERE y.personal AND y.retired_at IS NULL) OR
                        (SELECT count(*)
                        FROM
                          (SELECT 1
                          FROM customer_segment k
                          WHERE k.segments @> ARRAY[t1.number] AND k.entered_at[array_position(k.segments, t1.number)] <= $2::timestamptz UNION ALL SELECT 1
                          FROM segment_stay k
                          WHERE k.segment_id = t1.segment_id AND k.entered_at <= $2::timestamptz AND k.left_at > $2::timestamptz LIMIT 5) q) = 5) AND t7.customer_id = ANY (ARRAY
                        (SELECT k.customer_id
                        FROM customer_segment k
                        WHERE k.segments @> ARRAY[t1.number] AND k.entered_at[array_position(k.segments, t1.number)] <= $2::timestamptz UNION ALL SELECT coalesce(l.survivor_id, k.customer_id)
                        FROM segment_stay k LEFT JOIN customer_alias l ON l.customer_id = k.customer_id
                        WHERE k.segment_id = t1.segment_id AND k.entered_at <= $2::timestamptz AND k.left_at > $2::timestamptz)) AND
                      (SELECT count(*)
                      FROM along) < 50 ORDER BY t7.created_at DESC NULLS FIRST, t7.customer_id DESC LIMIT 50) w LIMIT 50)) p CROSS JOIN customer t6
              WHERE t6.customer_id = p.id ORDER BY p.n) r), ']},"changes":{"totalCount":',
            (SELECT CASE WHEN count(*) <= 100000 AND NOT EXISTS
              (SELECT FROM segment w
              WHERE w.segment_id = t1.segment_id AND w.member_count < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                  (SELECT w.segment_id UNION SELECT m.named_id
                  FROM veil_names n CROSS JOIN LATERAL
                    (SELECT u.named_id
                    FROM segment_use u
                    WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                    FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                    WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                WHERE y.personal AND y.retired_at IS NULL)) THEN count(*)::text ELSE 'null' END
            FROM
              (SELECT 1
              FROM
                (SELECT c.*, CASE WHEN c.entered THEN c.customer_id ELSE md5(uuid_send(c.customer_id))::uuid END AS change_id
                FROM
                  (SELECT k.customer_id, t1.segment_id, true AS entered, k.entered_at[array_position(k.segments, t1.number)] AS at, (ARRAY['DATA_CHANGED', 'TIME_PASSED', 'RULE_CHANGED', 'LIST_CHANGED', 'MERGED'])[k.causes[array_position(k.segments, t1.number)]::int] AS cause
                  FROM customer_segment k
                  WHERE k.segments @> ARRAY[t1.number] UNION ALL SELECT k.customer_id, k.segment_id, true, k.entered_at, k.entered_cause
                  FROM segment_stay k
                  WHERE k.segment_id = t1.segment_id UNION ALL SELECT k.customer_id, k.segment_id, false, k.left_at, k.left_cause
                  FROM segment_stay k
                  WHERE k.segment_id = t1.segment_id) c) t8
              WHERE NOT EXISTS
                (SELECT FROM segment w
                WHERE w.segment_id = t1.segment_id AND w.member_count < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                    (SELECT w.segment_id UNION SELECT m.named_id
                    FROM veil_names n CROSS JOIN LATERAL
                      (SELECT u.named_id
                      FROM segment_use u
                      WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                      FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                      WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                  FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                  WHERE y.personal AND y.retired_at IS NULL)) LIMIT 100001) t), ',"nodes":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"entered":', coalesce((t9.entered)::text, 'null'), '}') AS j
              FROM
                (SELECT c.*, CASE WHEN c.entered THEN c.customer_id ELSE md5(uuid_send(c.customer_id))::uuid END AS change_id
                FROM
                  (SELECT k.customer_id, t1.segment_id, true AS entered, k.entered_at[array_position(k.segments, t1.number)] AS at, (ARRAY['DATA_CHANGED', 'TIME_PASSED', 'RULE_CHANGED', 'LIST_CHANGED', 'MERGED'])[k.causes[array_position(k.segments, t1.number)]::int] AS cause
                  FROM customer_segment k
                  WHERE k.segments @> ARRAY[t1.number] UNION ALL SELECT k.customer_id, k.segment_id, true, k.entered_at, k.entered_cause
                  FROM segment_stay k
                  WHERE k.segment_id = t1.segment_id UNION ALL SELECT k.customer_id, k.segment_id, false, k.left_at, k.left_cause
                  FROM segment_stay k
                  WHERE k.segment_id = t1.segment_id) c) t9
              WHERE NOT EXISTS
                (SELECT FROM segment w
                WHERE w.segment_id = t1.segment_id AND w.member_count < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                    (SELECT w.segment_id UNION SELECT m.named_id
                    FROM veil_names n CROSS JOIN LATERAL
                      (SELECT u.named_id
                      FROM segment_use u
                      WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                      FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                      WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                  FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                  WHERE y.personal AND y.retired_at IS NULL)) ORDER BY t9.at DESC NULLS FIRST, t9.change_id DESC LIMIT 50) r), ']}}') AS j
        FROM segment t1 LEFT JOIN LATERAL
          (SELECT v.*
          FROM segment_version v
          WHERE v.segment_id = t1.segment_id ORDER BY v.number DESC LIMIT 1) t1v ON true
        WHERE t1.key = $1::text), 'null'), ',"customers":{"totalCount":',
      (SELECT CASE WHEN count(*) <= 100000 THEN count(*)::text ELSE 'null' END
      FROM
        (SELECT 1
        FROM customer t10
        WHERE t10.merged_into IS NULL AND t10.erased_at IS NULL AND ((EXISTS
              (SELECT 1
              FROM customer_segment k
              WHERE k.customer_id = t10.customer_id AND k.segments && ARRAY
                (SELECT v.number
                FROM segment v
                WHERE v.segment_id = ANY ($3::uuid[]) AND NOT EXISTS
                  (SELECT FROM segment w
                  WHERE w.segment_id = v.segment_id AND w.member_count < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                      (SELECT w.segment_id UNION SELECT m.named_id
                      FROM veil_names n CROSS JOIN LATERAL
                        (SELECT u.named_id
                        FROM segment_use u
                        WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                        FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                        WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                    FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                    WHERE y.personal AND y.retired_at IS NULL)) AND v.number IS NOT NULL)))) LIMIT 100001) t), ',"nodes":[',
      (SELECT string_agg(r.j, ',')
      FROM
        (SELECT concat('{"id":"', 'cus_' || replace(t11.customer_id::text, '-', ''), '"}') AS j
        FROM (WITH along AS MATERIALIZED
            (SELECT w.id, row_number() OVER () AS n
            FROM
              (SELECT o.id
              FROM
                (SELECT t12.customer_id AS id
                FROM customer t12
                WHERE t12.merged_into IS NULL AND t12.erased_at IS NULL AND NOT (
                    (SELECT coalesce(sum(v.member_count), 0)
                    FROM segment v
                    WHERE v.segment_id = ANY ($3::uuid[]) AND NOT EXISTS
                      (SELECT FROM segment w
                      WHERE w.segment_id = v.segment_id AND w.member_count < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                          (SELECT w.segment_id UNION SELECT m.named_id
                          FROM veil_names n CROSS JOIN LATERAL
                            (SELECT u.named_id
                            FROM segment_use u
                            WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                            FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                            WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                        FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                        WHERE y.personal AND y.retired_at IS NULL)))::float8 ^ 2 < 50 *
                    (SELECT c.reltuples
                    FROM pg_class c
                    WHERE c.oid = 'customer'::regclass)) ORDER BY t12.created_at DESC NULLS FIRST, t12.customer_id DESC LIMIT 20000) o
              WHERE
                (SELECT k.segments && ARRAY
                  (SELECT v.number
                  FROM segment v
                  WHERE v.segment_id = ANY ($3::uuid[]) AND NOT EXISTS
                    (SELECT FROM segment w
                    WHERE w.segment_id = v.segment_id AND w.member_count < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                        (SELECT w.segment_id UNION SELECT m.named_id
                        FROM veil_names n CROSS JOIN LATERAL
                          (SELECT u.named_id
                          FROM segment_use u
                          WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                          FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                          WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                      FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                      WHERE y.personal AND y.retired_at IS NULL)) AND v.number IS NOT NULL)
                FROM customer_segment k
                WHERE k.customer_id = o.id) LIMIT 50) w LIMIT 50) SELECT a.id, a.n
          FROM along a
          WHERE
            (SELECT count(*)
            FROM along) = 50 UNION ALL
            (SELECT w.id, row_number() OVER ()
            FROM
              (SELECT t12.customer_id AS id
              FROM customer t12
              WHERE t12.merged_into IS NULL AND t12.erased_at IS NULL AND t12.customer_id = ANY (ARRAY
                  (SELECT k.customer_id
                  FROM customer_segment k
                  WHERE k.segments && ARRAY
                    (SELECT v.number
                    FROM segment v
                    WHERE v.segment_id = ANY ($3::uuid[]) AND NOT EXISTS
                      (SELECT FROM segment w
                      WHERE w.segment_id = v.segment_id AND w.member_count < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                          (SELECT w.segment_id UNION SELECT m.named_id
                          FROM veil_names n CROSS JOIN LATERAL
                            (SELECT u.named_id
                            FROM segment_use u
                            WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                            FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                            WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                        FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                        WHERE y.personal AND y.retired_at IS NULL)) AND v.number IS NOT NULL))) AND
                (SELECT count(*)
                FROM along) < 50 ORDER BY t12.created_at DESC NULLS FIRST, t12.customer_id DESC LIMIT 50) w LIMIT 50)) p CROSS JOIN customer t11
        WHERE t11.customer_id = p.id ORDER BY p.n) r), ']},"customer":', coalesce(
        (SELECT concat('{"segments":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"segment":', coalesce(
                    (SELECT concat('{"name":', coalesce(to_json(t15.name), 'null'), '}') AS j
                    FROM segment t15
                    WHERE t15.segment_id = t14.segment_id), 'null'), '}') AS j
              FROM
                (SELECT v.segment_id, v.search_fold, o.entered_at
                FROM customer_segment k CROSS JOIN LATERAL unnest(k.segments, k.entered_at) AS o (number, entered_at) JOIN segment v ON v.number = o.number
                WHERE k.customer_id = $4::uuid AND v.archived_at IS NULL) t14
              WHERE NOT EXISTS
                (SELECT FROM segment w
                WHERE w.segment_id = t14.segment_id AND w.member_count < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                    (SELECT w.segment_id UNION SELECT m.named_id
                    FROM veil_names n CROSS JOIN LATERAL
                      (SELECT u.named_id
                      FROM segment_use u
                      WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                      FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                      WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                  FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                  WHERE y.personal AND y.retired_at IS NULL)) ORDER BY t14.search_fold COLLATE "C", t14.segment_id) r), ']}') AS j
        FROM customer t13
        WHERE t13.customer_id = $4::uuid), 'null'), '}'), 'UTF8'),
  (SELECT json_object_agg(customer_id, survivor_id)
  FROM customer_alias
  WHERE customer_id IN ($4::uuid))
