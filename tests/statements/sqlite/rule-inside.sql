SELECT CAST(json_object('id', _0."id", 'author',
                          (SELECT json_object('id', _1."id")
                           FROM
                             (SELECT "shop_author"."id" AS "id"
                              FROM "shop_author"
                              WHERE (("shop_author"."country" = (?)
                                      OR "shop_author"."born" IS NULL)
                                     AND "shop_author"."id" = (_0."author_id"))) _1), 'tags',
                          (SELECT json_group_array(json_object('id', _2."id"))
                           FROM
                             (SELECT "shop_tag"."id" AS "id"
                              FROM "shop_tag"
                              INNER JOIN "shop_book_tags" ON ("shop_tag"."id" = "shop_book_tags"."tag_id")
                              WHERE ("shop_tag"."id" IN
                                       (SELECT U0."id" AS "pk"
                                        FROM "shop_tag" U0
                                        INNER JOIN "shop_book_tags" U1 ON (U0."id" = U1."tag_id")
                                        INNER JOIN "shop_book" U2 ON (U1."book_id" = U2."id")
                                        INNER JOIN "shop_author" U3 ON (U2."author_id" = U3."id")
                                        WHERE U3."country" = (?))
                                     AND "shop_book_tags"."book_id" = (_0."id"))
                              ORDER BY 1 ASC
                              LIMIT -1) _2), 'reviews',
                          (SELECT json_group_array(json_object('id', _3."id"))
                           FROM
                             (SELECT "shop_review"."id" AS "id"
                              FROM "shop_review"
                              INNER JOIN "shop_book" ON ("shop_review"."book_id" = "shop_book"."id")
                              WHERE ("shop_review"."stars" >= (?)
                                     AND NOT (NOT "shop_book"."in_print")
                                     AND "shop_review"."book_id" = (_0."id"))
                              ORDER BY 1 ASC
                              LIMIT -1) _3), 'count',
                          (SELECT _4."nuages_value"
                           FROM
                             (SELECT COUNT("shop_review"."id") AS "nuages_value"
                              FROM "shop_review"
                              WHERE "shop_review"."book_id" = (_0."id")) _4)) AS BLOB), +_0."id"
FROM
  (SELECT "shop_book"."id" AS "id",
          "shop_book"."author_id" AS "author_id"
   FROM "shop_book"
   ORDER BY 1 ASC
   LIMIT 51) _0
