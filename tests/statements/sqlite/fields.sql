SELECT CAST(json_object('id', _0."id", 'author',
                          (SELECT json_object('name', _1."name")
                           FROM
                             (SELECT "shop_author"."name" AS "name"
                              FROM "shop_author"
                              WHERE "shop_author"."id" = (_0."author_id")) _1)) AS BLOB), +_0."id"
FROM
  (SELECT "shop_book"."id" AS "id",
          "shop_book"."author_id" AS "author_id"
   FROM "shop_book"
   ORDER BY 1 ASC
   LIMIT 51) _0
