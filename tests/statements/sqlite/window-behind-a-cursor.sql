SELECT CAST(json_object('id', _0."id", 'rank', _0."by_rank") AS BLOB), +_0."by_rank", +_0."id"
FROM
  (SELECT "id",
          "by_rank"
   FROM
     (SELECT *
      FROM
        (SELECT "shop_book"."id" AS "id",
                RANK() OVER (
                             ORDER BY "shop_book"."price" DESC) AS "by_rank",
                ? AS "qual0",
                ? AS "qual1",
                ? AS "qual2"
         FROM "shop_book"
         ORDER BY 2 ASC NULLS LAST,
                  1 ASC) "qualify"
      WHERE ("by_rank" > ("qual2")
             OR "by_rank" IS NULL
             OR ("by_rank" = ("qual1")
                 AND "id" > ("qual0"))
             OR ("by_rank" IS NULL
                 AND "by_rank" IS NOT NULL))) "qualify_mask"
   ORDER BY 2 ASC NULLS LAST,
            1 ASC
   LIMIT 3) _0
