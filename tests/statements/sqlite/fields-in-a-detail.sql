SELECT CAST(json_object('title', _0."title", 'reviews',
                          (SELECT json_group_array(json_object('id', _1."id", 'stars', _1."stars"))
                           FROM
                             (SELECT "shop_review"."id" AS "id", "shop_review"."stars" AS "stars"
                              FROM "shop_review"
                              WHERE "shop_review"."book_id" = (_0."id")
                              ORDER BY 1 ASC
                              LIMIT 3) _1)) AS BLOB)
FROM
  (SELECT "shop_book"."title" AS "title",
          "shop_book"."id" AS "id"
   FROM "shop_book"
   WHERE "shop_book"."id" = (?)) _0
