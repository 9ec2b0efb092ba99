SELECT row_to_json(_0j)
FROM
  (SELECT "shop_book"."id" AS "id",
          "shop_book"."title" AS "title",
          "shop_book"."isbn" AS "isbn",
          "shop_book"."price" AS "price",
          "shop_book"."published" AS "published",
          "shop_book"."in_print" AS "in_print",
          "shop_book"."author_id" AS "author_id"
   FROM "shop_book"
   WHERE "shop_book"."id" = ($1)) _0
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",
          _0."title" AS "title",
          _0."isbn" AS "isbn",
          round(_0."price", 2)::text AS "price",
          _0."published" AS "published",
          _0."in_print" AS "in_print",

     (SELECT row_to_json(_1j)
      FROM
        (SELECT "shop_author"."id" AS "id",
                "shop_author"."name" AS "name"
         FROM "shop_author"
         WHERE "shop_author"."id" = (_0."author_id")) _1
      CROSS JOIN LATERAL
        (SELECT _1."id" AS "id",
                _1."name" AS "name") _1j) AS "author",

     (SELECT coalesce(json_agg(_2j), '[]')
      FROM
        (SELECT "shop_tag"."id" AS "id",
                "shop_tag"."name" AS "name"
         FROM "shop_tag"
         INNER JOIN "shop_book_tags" ON ("shop_tag"."id" = "shop_book_tags"."tag_id")
         WHERE "shop_book_tags"."book_id" = (_0."id")
         ORDER BY 1 ASC) _2
      CROSS JOIN LATERAL
        (SELECT _2."id" AS "id",
                _2."name" AS "name") _2j) AS "tags",

     (SELECT coalesce(json_agg(_3j), '[]')
      FROM
        (SELECT "shop_review"."id" AS "id",
                "shop_review"."user_name" AS "user_name",
                "shop_review"."stars" AS "stars",
                "shop_review"."body" AS "body"
         FROM "shop_review"
         WHERE "shop_review"."book_id" = (_0."id")
         ORDER BY 1 DESC
         LIMIT 10) _3
      CROSS JOIN LATERAL
        (SELECT _3."id" AS "id",
                _3."user_name" AS "user_name",
                _3."stars" AS "stars",
                _3."body" AS "body") _3j) AS "reviews",

     (SELECT _4."nuages_value"
      FROM
        (SELECT COUNT("shop_review"."id") AS "nuages_value"
         FROM "shop_review"
         WHERE "shop_review"."book_id" = (_0."id")) _4) AS "review_count",

     (SELECT (_5."nuages_value")::float8
      FROM
        (SELECT AVG("shop_review"."stars") AS "nuages_value"
         FROM "shop_review"
         WHERE "shop_review"."book_id" = (_0."id")) _5) AS "avg_stars") _0j
