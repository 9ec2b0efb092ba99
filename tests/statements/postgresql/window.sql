SELECT row_to_json(_0j),
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
                $1 AS "qual0"
         FROM "shop_book"
         WHERE "shop_book"."in_print" = ($2)
         ORDER BY 1 ASC) "qualify"
      WHERE "by_rank" <= ("qual0")) "qualify_mask"
   ORDER BY 1 ASC
   LIMIT 51) _0
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",
          _0."by_rank" AS "rank") _0j
