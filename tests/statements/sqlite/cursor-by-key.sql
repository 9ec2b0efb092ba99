SELECT CAST(json_object('id', _0."id", 'name', _0."name") AS BLOB), +_0."id"
FROM
  (SELECT "shop_tag"."id" AS "id",
          "shop_tag"."name" AS "name"
   FROM "shop_tag"
   WHERE ("shop_tag"."id" >= (?)
          AND "shop_tag"."id" > (?))
   ORDER BY 1 ASC
   LIMIT 3) _0
