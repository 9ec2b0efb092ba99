SELECT row_to_json(_0j),
       _0."by_rank",
       _0."id"
FROM
  (SELECT "id",
          "by_rank"
   FROM
     (SELECT *
      FROM
        (SELECT "shop_book"."id" AS "id",
                RANK() OVER (
                             ORDER BY "shop_book"."price" DESC) AS "by_rank",
                $1::bigint AS "qual0",
                $2::bigint AS "qual1",
                $3::bigint AS "qual2"
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
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",
          _0."by_rank" AS "rank") _0j
