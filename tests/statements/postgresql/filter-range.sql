SELECT row_to_json(_0j),
       _0."id"
FROM
  (SELECT "shop_review"."id" AS "id",
          "shop_review"."book_id" AS "book_id",
          "shop_review"."user_name" AS "user_name",
          "shop_review"."stars" AS "stars",
          "shop_review"."body" AS "body",
          "shop_review"."created_at" AS "created_at"
   FROM "shop_review"
   WHERE ("shop_review"."created_at" >= ($1)
          AND "shop_review"."stars" < ($2))
   ORDER BY 1 ASC
   LIMIT 51) _0
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",
          _0."book_id" AS "book",
          _0."user_name" AS "user_name",
          _0."stars" AS "stars",
          _0."body" AS "body",
          _0."created_at" AS "created_at") _0j
