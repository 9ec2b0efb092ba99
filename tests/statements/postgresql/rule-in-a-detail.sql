SELECT row_to_json(_0j)
FROM
  (SELECT "shop_review"."id" AS "id"
   FROM "shop_review"
   INNER JOIN "shop_book" ON ("shop_review"."book_id" = "shop_book"."id")
   WHERE ("shop_review"."stars" >= ($1)
          AND NOT (NOT "shop_book"."in_print")
          AND "shop_review"."id" = ($2))) _0
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id") _0j
