SELECT CAST(json_object('id', _0."id", 'rank', _0."by_rank") AS BLOB)
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
         FROM "shop_book") "qualify"
      WHERE ("id" = ("qual0")
             OR ("by_rank" IS NULL
                 AND "by_rank" IS NOT NULL))) "qualify_mask") _0
