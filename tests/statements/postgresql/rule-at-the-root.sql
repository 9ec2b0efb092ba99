SELECT row_to_json(_0j),
       _0."id"
FROM
  (SELECT "shop_author"."id" AS "id"
   FROM "shop_author"
   WHERE ("shop_author"."country" = ($1)
          OR "shop_author"."born" IS NULL)
   ORDER BY 1 ASC
   LIMIT 51) _0
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",

     (SELECT coalesce(json_agg(_1j), '[]')
      FROM
        (SELECT "shop_book"."id" AS "id",
                "shop_book"."author_id" AS "author_id"
         FROM "shop_book"
         WHERE "shop_book"."author_id" = (_0."id")
         ORDER BY "shop_book"."price" DESC,
                  1 ASC
         LIMIT 3) _1
      CROSS JOIN LATERAL
        (SELECT _1."id" AS "id",

           (SELECT row_to_json(_2j)
            FROM
              (SELECT "shop_author"."id" AS "id"
               FROM "shop_author"
               WHERE (("shop_author"."country" = ($2)
                       OR "shop_author"."born" IS NULL)
                      AND "shop_author"."id" = (_1."author_id"))) _2
            CROSS JOIN LATERAL
              (SELECT _2."id" AS "id") _2j) AS "author") _1j) AS "books") _0j
