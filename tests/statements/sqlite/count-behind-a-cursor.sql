SELECT *
FROM
  (SELECT CAST(json_object('id', _0."id", 'title', _0."title", 'price', CASE
                                                                            WHEN _0."price" <> '' THEN printf('%.2f', _0."price")
                                                                        END, 'author',
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
                                 LIMIT -1) _2), 'rounds',
                             (SELECT CASE
                                         WHEN _3."nuages_value" <> '' THEN printf('%.15g', _3."nuages_value")
                                     END
                              FROM
                                (SELECT (CAST(("shop_book"."price" * ?) AS NUMERIC)) AS "nuages_value"
                                 FROM "shop_book"
                                 WHERE "shop_book"."id" = (_0."id")) _3)) AS BLOB), +_0."id"
   FROM
     (SELECT "shop_book"."id" AS "id",
             "shop_book"."title" AS "title",
             "shop_book"."price" AS "price",
             "shop_book"."author_id" AS "author_id"
      FROM "shop_book"
      WHERE ("shop_book"."price" < (?)
             AND "shop_book"."id" >= (?)
             AND "shop_book"."id" > (?))
      ORDER BY 1 ASC
      LIMIT 3) _0) listed
UNION ALL
SELECT CAST(
              (SELECT COUNT(*)
               FROM
                 (SELECT "shop_book"."id" AS "id"
                  FROM "shop_book"
                  WHERE "shop_book"."price" < (?)) counted) AS BLOB),
       NULL
