SELECT row_to_json(_0j),
       _0."by_count",
       _0."by_author__country",
       _0."by_published__year"
FROM
  (SELECT *
   FROM
     (SELECT "shop_author"."country" AS "by_author__country",
             EXTRACT(YEAR
                     FROM "shop_book"."published") AS "by_published__year",
             COUNT(*) AS "by_count",
             (AVG("shop_book"."price"))::double precision AS "by_avg_price"
      FROM "shop_book"
      INNER JOIN "shop_author" ON ("shop_book"."author_id" = "shop_author"."id")
      GROUP BY 1,
               2) grouped
   ORDER BY grouped."by_count" DESC,
            grouped."by_author__country" NULLS LAST,
            grouped."by_published__year" NULLS LAST
   LIMIT 51) _0
CROSS JOIN LATERAL
  (SELECT _0."by_author__country" AS "author__country",
          _0."by_published__year" AS "published__year",
          _0."by_count" AS "count",
          (_0."by_avg_price")::float8 AS "avg_price") _0j
