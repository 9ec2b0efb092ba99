SELECT CAST(json_object('id', _0."id") AS BLOB), +_0."id"
FROM
  (SELECT "shop_publisher"."id" AS "id"
   FROM "shop_publisher"
   WHERE (instr(nuages_upper("shop_publisher"."name"), nuages_upper(?)) > 0)
   ORDER BY 1 ASC
   LIMIT 51) _0
