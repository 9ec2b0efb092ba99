SELECT row_to_json(_0j),
       _0."born",
       _0."name",
       _0."id"
FROM
  (SELECT *
   FROM
     (SELECT "shop_author"."id" AS "id",
             "shop_author"."name" AS "name",
             "shop_author"."country" AS "country",
             "shop_author"."born" AS "born"
      FROM "shop_author"
      WHERE "shop_author"."born" IS NULL
      ORDER BY 2 ASC,
               1 ASC
      LIMIT 51) zone0
   UNION ALL SELECT *
   FROM
     (SELECT "shop_author"."id" AS "id",
             "shop_author"."name" AS "name",
             "shop_author"."country" AS "country",
             "shop_author"."born" AS "born"
      FROM "shop_author"
      WHERE "shop_author"."born" IS NOT NULL
      ORDER BY 4 DESC,
               2 ASC,
               1 ASC
      LIMIT 51) zone1
   LIMIT 51) _0
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",
          _0."name" AS "name",
          _0."country" AS "country",
          _0."born" AS "born",

     (SELECT _1."nuages_value"
      FROM
        (SELECT COUNT("shop_book"."id") AS "nuages_value"
         FROM "shop_author"
         LEFT OUTER JOIN "shop_book" ON ("shop_author"."id" = "shop_book"."author_id")
         WHERE "shop_author"."id" = (_0."id")
         GROUP BY "shop_author"."id") _1) AS "book_count") _0j
