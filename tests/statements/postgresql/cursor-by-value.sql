WITH _0 AS MATERIALIZED
  (SELECT "shop_book"."id" AS "id",
          "shop_book"."title" AS "title",
          "shop_book"."isbn" AS "isbn",
          "shop_book"."price" AS "price",
          "shop_book"."published" AS "published",
          "shop_book"."in_print" AS "in_print",
          "shop_book"."author_id" AS "author_id",
          (
             (SELECT AVG(U0."stars") AS "nuages_value"
              FROM "shop_review" U0
              WHERE U0."book_id" = ("shop_book"."id")))::double precision AS "by_avg_stars"
   FROM "shop_book"
   WHERE ((
             (SELECT AVG(U0."stars") AS "nuages_value"
              FROM "shop_review" U0
              WHERE U0."book_id" = ("shop_book"."id")))::double precision <= ($1::float8)
          AND ((
                  (SELECT AVG(U0."stars") AS "nuages_value"
                   FROM "shop_review" U0
                   WHERE U0."book_id" = ("shop_book"."id")))::double precision < ($2::float8)
               OR ((
                      (SELECT AVG(U0."stars") AS "nuages_value"
                       FROM "shop_review" U0
                       WHERE U0."book_id" = ("shop_book"."id")))::double precision = ($3::float8)
                   AND "shop_book"."id" > ($4::bigint))))
   ORDER BY 8 DESC NULLS FIRST,
            1 ASC
   LIMIT 3)
SELECT row_to_json(_0j),
       _0."by_avg_stars",
       _0."id"
FROM _0
LEFT JOIN
  (SELECT _1."nuages_key",
          _1j AS item
   FROM
     (SELECT "shop_author"."id" AS "id",
             "shop_author"."name" AS "name",
             "shop_author"."id" AS "nuages_key"
      FROM "shop_author"
      WHERE "shop_author"."id" = ANY(ARRAY
                                       (SELECT _0."author_id"
                                        FROM _0))) _1
   CROSS JOIN LATERAL
     (SELECT _1."id" AS "id",
             _1."name" AS "name") _1j) _1g ON _1g."nuages_key" = _0."author_id"
LEFT JOIN
  (SELECT _2."nuages_key",
          json_agg(_2j) AS list
   FROM
     (SELECT "shop_tag"."id" AS "id",
             "shop_tag"."name" AS "name",
             "shop_book_tags"."book_id" AS "nuages_key"
      FROM "shop_tag"
      LEFT OUTER JOIN "shop_book_tags" ON ("shop_tag"."id" = "shop_book_tags"."tag_id")
      WHERE "shop_book_tags"."book_id" = ANY(ARRAY
                                               (SELECT _0."id"
                                                FROM _0))
      ORDER BY 3 ASC,
               1 ASC) _2
   CROSS JOIN LATERAL
     (SELECT _2."id" AS "id",
             _2."name" AS "name") _2j
   GROUP BY 1) _2g ON _2g."nuages_key" = _0."id"
LEFT JOIN
  (SELECT "shop_review"."book_id" AS "nuages_key",
          COUNT("shop_review"."id") AS "nuages_value0"
   FROM "shop_review"
   WHERE "shop_review"."book_id" = ANY(ARRAY
                                         (SELECT _0."id"
                                          FROM _0))
   GROUP BY 1) _3g ON _3g."nuages_key" = _0."id"
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",
          _0."title" AS "title",
          _0."isbn" AS "isbn",
          round(_0."price", 2)::text AS "price",
          _0."published" AS "published",
          _0."in_print" AS "in_print",
          _1g.item AS "author",
          coalesce(_2g.list, '[]') AS "tags",

     (SELECT coalesce(json_agg(_4j), '[]')
      FROM
        (SELECT "shop_review"."id" AS "id",
                "shop_review"."user_name" AS "user_name",
                "shop_review"."stars" AS "stars",
                "shop_review"."body" AS "body"
         FROM "shop_review"
         WHERE "shop_review"."book_id" = (_0."id")
         ORDER BY 1 DESC
         LIMIT 10) _4
      CROSS JOIN LATERAL
        (SELECT _4."id" AS "id",
                _4."user_name" AS "user_name",
                _4."stars" AS "stars",
                _4."body" AS "body") _4j) AS "reviews",
          coalesce(_3g.nuages_value0, 0) AS "review_count",
          (_0."by_avg_stars")::float8 AS "avg_stars") _0j
ORDER BY _0."by_avg_stars" DESC NULLS FIRST,
         _0."id"
