SELECT CAST(json_object('id', _0."id", 'books',
                          (SELECT json_group_array(json_object('id', _1."id", 'author',
                                                                 (SELECT json_object('id', _2."id")
                                                                  FROM
                                                                    (SELECT "shop_author"."id" AS "id"
                                                                     FROM "shop_author"
                                                                     WHERE (("shop_author"."country" = (?)
                                                                             OR "shop_author"."born" IS NULL)
                                                                            AND "shop_author"."id" = (_1."author_id"))) _2)))
                           FROM
                             (SELECT "shop_book"."id" AS "id", "shop_book"."author_id" AS "author_id"
                              FROM "shop_book"
                              WHERE "shop_book"."author_id" = (_0."id")
                              ORDER BY "shop_book"."price" DESC, 1 ASC
                              LIMIT 3) _1)) AS BLOB), +_0."id"
FROM
  (SELECT "shop_author"."id" AS "id"
   FROM "shop_author"
   WHERE ("shop_author"."country" = (?)
          OR "shop_author"."born" IS NULL)
   ORDER BY 1 ASC
   LIMIT 51) _0
