SELECT row_to_json(_0j),
       _0."id"
FROM
  (SELECT "shop_tag"."id" AS "id",
          "shop_tag"."name" AS "name"
   FROM "shop_tag"
   WHERE ("shop_tag"."id" >= ($1::bigint)
          AND "shop_tag"."id" > ($2::bigint))
   ORDER BY 1 ASC
   LIMIT 3) _0
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",
          _0."name" AS "name") _0j
