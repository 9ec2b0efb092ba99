SELECT CAST(json_object('id', _0."id", 'title', _0."title", 'isbn', _0."isbn", 'price', CASE
                                                                                            WHEN _0."price" <> '' THEN printf('%.2f', _0."price")
                                                                                        END, 'published', _0."published", 'in_print', json(CASE _0."in_print"
                                                                                                                                               WHEN 1 THEN 'true'
                                                                                                                                               WHEN 0 THEN 'false'
                                                                                                                                           END), 'author',
                          (SELECT json_object('id', _1."id", 'name', _1."name")
                           FROM
                             (SELECT "shop_author"."id" AS "id", "shop_author"."name" AS "name"
                              FROM "shop_author"
                              WHERE "shop_author"."id" = (_0."author_id")) _1), 'tags',
                          (SELECT json_group_array(json_object('id', _2."id", 'name', _2."name"))
                           FROM
                             (SELECT "shop_tag"."id" AS "id", "shop_tag"."name" AS "name"
                              FROM "shop_tag"
                              INNER JOIN "shop_book_tags" ON ("shop_tag"."id" = "shop_book_tags"."tag_id")
                              WHERE "shop_book_tags"."book_id" = (_0."id")
                              ORDER BY 1 ASC
                              LIMIT -1) _2), 'reviews',
                          (SELECT json_group_array(json_object('id', _3."id", 'user_name', _3."user_name", 'stars', _3."stars", 'body', _3."body"))
                           FROM
                             (SELECT "shop_review"."id" AS "id", "shop_review"."user_name" AS "user_name", "shop_review"."stars" AS "stars", "shop_review"."body" AS "body"
                              FROM "shop_review"
                              WHERE "shop_review"."book_id" = (_0."id")
                              ORDER BY 1 DESC
                              LIMIT 10) _3), 'review_count',
                          (SELECT _4."nuages_value"
                           FROM
                             (SELECT COUNT("shop_review"."id") AS "nuages_value"
                              FROM "shop_review"
                              WHERE "shop_review"."book_id" = (_0."id")) _4), 'avg_stars', CASE
                                                                                               WHEN abs(_0."by_avg_stars") < 1.79769313486231e308 THEN _0."by_avg_stars"
                                                                                               WHEN abs(_0."by_avg_stars") <= 1.7976931348623157e308 THEN json(printf('%!.17g', _0."by_avg_stars"))
                                                                                               WHEN _0."by_avg_stars" > 0 THEN 'Infinity'
                                                                                               WHEN _0."by_avg_stars" < 0 THEN '-Infinity'
                                                                                           END) AS BLOB), +_0."by_avg_stars", +_0."id"
FROM
  (SELECT "shop_book"."id" AS "id",
          "shop_book"."title" AS "title",
          "shop_book"."isbn" AS "isbn",
          "shop_book"."price" AS "price",
          "shop_book"."published" AS "published",
          "shop_book"."in_print" AS "in_print",
          "shop_book"."author_id" AS "author_id",
          CAST(
                 (SELECT AVG(U0."stars") AS "nuages_value"
                  FROM "shop_review" U0
                  WHERE U0."book_id" = ("shop_book"."id")) AS real) AS "by_avg_stars"
   FROM "shop_book"
   WHERE (CAST(
                 (SELECT AVG(U0."stars") AS "nuages_value"
                  FROM "shop_review" U0
                  WHERE U0."book_id" = ("shop_book"."id")) AS real) <= (?)
          AND (CAST(
                      (SELECT AVG(U0."stars") AS "nuages_value"
                       FROM "shop_review" U0
                       WHERE U0."book_id" = ("shop_book"."id")) AS real) < (?)
               OR (CAST(
                          (SELECT AVG(U0."stars") AS "nuages_value"
                           FROM "shop_review" U0
                           WHERE U0."book_id" = ("shop_book"."id")) AS real) = (?)
                   AND "shop_book"."id" > (?))))
   ORDER BY 8 DESC NULLS FIRST,
            1 ASC
   LIMIT 3) _0
