WITH _0 AS MATERIALIZED
  (SELECT *
   FROM
     (SELECT "shop_author"."id" AS "id",
             "shop_author"."name" AS "name",
             "shop_author"."country" AS "country",
             "shop_author"."born" AS "born"
      FROM "shop_author"
      WHERE ("shop_author"."born" IS NULL
             AND "shop_author"."id" >= ($1::bigint)
             AND "shop_author"."id" > ($2::bigint))
      ORDER BY 1 ASC
      LIMIT 3) zone0
   UNION ALL SELECT *
   FROM
     (SELECT "shop_author"."id" AS "id",
             "shop_author"."name" AS "name",
             "shop_author"."country" AS "country",
             "shop_author"."born" AS "born"
      FROM "shop_author"
      WHERE "shop_author"."born" IS NOT NULL
      ORDER BY 4 DESC,
               1 ASC
      LIMIT 3) zone1
   LIMIT 3)
SELECT row_to_json(_0j),
       _0."born",
       _0."id"
FROM _0
LEFT JOIN
  (SELECT "shop_book"."author_id" AS "nuages_key",
          COUNT("shop_book"."id") AS "nuages_value0"
   FROM "shop_book"
   WHERE "shop_book"."author_id" = ANY(ARRAY
                                         (SELECT _0."id"
                                          FROM _0))
   GROUP BY 1) _1g ON _1g."nuages_key" = _0."id"
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",
          _0."name" AS "name",
          _0."country" AS "country",
          _0."born" AS "born",
          coalesce(_1g.nuages_value0, 0) AS "book_count") _0j
ORDER BY _0."born" DESC NULLS FIRST,
         _0."id"
