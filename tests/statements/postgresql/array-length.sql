SELECT row_to_json(_0j),
       _0."id"
FROM
  (SELECT "zoo_listing"."id" AS "id"
   FROM "zoo_listing"
   WHERE CASE
             WHEN "zoo_listing"."numbers" IS NULL THEN NULL
             ELSE coalesce(array_length("zoo_listing"."numbers", 1), 0)
         END >= ($1)
   ORDER BY 1 ASC
   LIMIT 51) _0
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id") _0j
