SELECT row_to_json(_0j),
       _0."id"
FROM (
SELECT "zoo_specimen"."id" AS "id"
FROM "zoo_specimen"
WHERE (("zoo_specimen"."json" #>> ARRAY['color']) = ($1)
  AND UPPER(("zoo_specimen"."json" #>> ARRAY['owner', 'name'])::text) LIKE '%' || UPPER(REPLACE(REPLACE(REPLACE(($2), E'\\', E'\\\\'), E'%', E'\\%'), E'_', E'\\_')) || '%')
                                                                                                        ORDER BY 1 ASC
                                                                                                        LIMIT 51) _0
  CROSS JOIN LATERAL
    (SELECT _0."id" AS "id") _0j
