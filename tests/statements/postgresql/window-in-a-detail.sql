SELECT row_to_json(_0j)
FROM
  (SELECT "id",
          "by_rank"
   FROM
     (SELECT *
      FROM
        (SELECT "shop_book"."id" AS "id",
                RANK() OVER (
                             ORDER BY "shop_book"."price" DESC) AS "by_rank",
                $1 AS "qual0"
         FROM "shop_book") "qualify"
      WHERE ("id" = ("qual0")
             OR ("by_rank" IS NULL
                 AND "by_rank" IS NOT NULL))) "qualify_mask") _0
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",
          _0."by_rank" AS "rank") _0j
