SELECT row_to_json(_0j),
       _0."id"
FROM
  (SELECT "shop_publisher"."id" AS "id",
          "shop_publisher"."name" AS "name"
   FROM "shop_publisher"
   WHERE (EXISTS
            (SELECT 1 AS "a"
             FROM "shop_book" U0
             WHERE U0."publisher_id" = ("shop_publisher"."id")
             LIMIT 1)
          AND NOT ("shop_publisher"."name" = ''))
   ORDER BY 1 ASC
   LIMIT 51) _0
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",
          _0."name" AS "name") _0j
