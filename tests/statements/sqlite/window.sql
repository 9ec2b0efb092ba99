SELECT CAST(json_object('id', _0."id", 'rank', _0."by_rank") AS BLOB), +_0."id"
FROM
  (SELECT "id",
          "by_rank"
   FROM
     (SELECT *
      FROM
        (SELECT "shop_book"."id" AS "id",
                RANK() OVER (
                             ORDER BY "shop_book"."price" DESC) AS "by_rank",
                ? AS "qual0"
         FROM "shop_book"
         WHERE "shop_book"."in_print" = (?)
         ORDER BY 1 ASC) "qualify"
      WHERE "by_rank" <= ("qual0")) "qualify_mask"
   ORDER BY 1 ASC
   LIMIT 51) _0
