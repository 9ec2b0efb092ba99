SELECT row_to_json(_0j)
FROM
  (SELECT "shop_book"."title" AS "title",
          "shop_book"."id" AS "id"
   FROM "shop_book"
   WHERE "shop_book"."id" = ($1)) _0
CROSS JOIN LATERAL
  (SELECT _0."title" AS "title",

     (SELECT coalesce(json_agg(_1j), '[]')
      FROM
        (SELECT "shop_review"."id" AS "id",
                "shop_review"."stars" AS "stars"
         FROM "shop_review"
         WHERE "shop_review"."book_id" = (_0."id")
         ORDER BY 1 ASC
         LIMIT 3) _1
      CROSS JOIN LATERAL
        (SELECT _1."id" AS "id",
                _1."stars" AS "stars") _1j) AS "reviews") _0j
