SELECT row_to_json(_0j),
       _0."id"
FROM
  (SELECT "shop_publisher"."id" AS "id"
   FROM "shop_publisher"
   WHERE ("shop_publisher"."name" %> $1::text)
   ORDER BY 1 ASC
   LIMIT 51) _0
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id") _0j
