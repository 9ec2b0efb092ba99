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
   WHERE 1 = 1
     AND (grouped."by_count" < $1::bigint)
     OR 1 = 1
     AND grouped."by_count" = $2::bigint
     AND (grouped."by_author__country" > $3
          OR grouped."by_author__country" IS NULL)
     OR 1 = 1
     AND grouped."by_count" = $4::bigint
     AND grouped."by_author__country" = $5
     AND (grouped."by_published__year" > $6::bigint
          OR grouped."by_published__year" IS NULL)
   ORDER BY grouped."by_count" DESC,
            grouped."by_author__country" NULLS LAST,
            grouped."by_published__year" NULLS LAST
   LIMIT 3) _0
CROSS JOIN LATERAL
  (SELECT _0."by_author__country" AS "author__country",
          _0."by_published__year" AS "published__year",
          _0."by_count" AS "count",
          (_0."by_avg_price")::float8 AS "avg_price") _0j
