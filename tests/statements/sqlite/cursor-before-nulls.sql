SELECT CAST(json_object('id', _0."id", 'name', _0."name", 'country', _0."country", 'born', _0."born", 'book_count',
                          (SELECT _1."nuages_value"
                           FROM
                             (SELECT COUNT("shop_book"."id") AS "nuages_value"
                              FROM "shop_book"
                              WHERE "shop_book"."author_id" = (_0."id")) _1)) AS BLOB), +_0."born", +_0."id"
FROM
  (SELECT *
   FROM
     (SELECT "shop_author"."id" AS "id",
             "shop_author"."name" AS "name",
             "shop_author"."country" AS "country",
             "shop_author"."born" AS "born"
      FROM "shop_author"
      WHERE ("shop_author"."born" >= (?)
             AND ("shop_author"."born" > (?)
                  OR ("shop_author"."born" = (?)
                      AND "shop_author"."id" > (?))))
      ORDER BY 4 ASC,
               1 ASC
      LIMIT 3) zone0
   UNION ALL SELECT *
   FROM
     (SELECT "shop_author"."id" AS "id",
             "shop_author"."name" AS "name",
             "shop_author"."country" AS "country",
             "shop_author"."born" AS "born"
      FROM "shop_author"
      WHERE "shop_author"."born" IS NULL
      ORDER BY 1 ASC
      LIMIT 3) zone1
   LIMIT 3) _0
