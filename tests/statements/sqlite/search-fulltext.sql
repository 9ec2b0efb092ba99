SELECT CAST(json_object('id', _0."id") AS BLOB), +_0."id"
FROM
  (SELECT "shop_author"."id" AS "id"
   FROM "shop_author"
   WHERE (((instr(nuages_upper("shop_author"."name"), nuages_upper(?)) > 0)
           OR (instr(nuages_upper("shop_author"."country"), nuages_upper(?)) > 0))
          AND ((instr(nuages_upper("shop_author"."name"), nuages_upper(?)) > 0)
               OR (instr(nuages_upper("shop_author"."country"), nuages_upper(?)) > 0)))
   ORDER BY 1 ASC
   LIMIT 51) _0
