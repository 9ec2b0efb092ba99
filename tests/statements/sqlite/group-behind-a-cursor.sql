SELECT CAST(json_object('author__country', _0."by_author__country", 'published__year', _0."by_published__year", 'count', _0."by_count", 'avg_price', CASE
                                                                                                                                                         WHEN abs(_0."by_avg_price") < 1.79769313486231e308 THEN _0."by_avg_price"
                                                                                                                                                         WHEN abs(_0."by_avg_price") <= 1.7976931348623157e308 THEN json(printf('%!.17g', _0."by_avg_price"))
                                                                                                                                                         WHEN _0."by_avg_price" > 0 THEN 'Infinity'
                                                                                                                                                         WHEN _0."by_avg_price" < 0 THEN '-Infinity'
                                                                                                                                                     END) AS BLOB), +_0."by_count", +_0."by_author__country", +_0."by_published__year"
FROM
  (SELECT *
   FROM
     (SELECT "shop_author"."country" AS "by_author__country",
             django_date_extract(?, "shop_book"."published") AS "by_published__year",
             COUNT(*) AS "by_count",
             CAST((CAST(AVG("shop_book"."price") AS NUMERIC)) AS real) AS "by_avg_price"
      FROM "shop_book"
      INNER JOIN "shop_author" ON ("shop_book"."author_id" = "shop_author"."id")
      GROUP BY 1,
               2) grouped
   WHERE 1 = 1
     AND (grouped."by_count" < ?)
     OR 1 = 1
     AND grouped."by_count" = ?
     AND (grouped."by_author__country" > ?
          OR grouped."by_author__country" IS NULL)
     OR 1 = 1
     AND grouped."by_count" = ?
     AND grouped."by_author__country" = ?
     AND (grouped."by_published__year" > ?
          OR grouped."by_published__year" IS NULL)
   ORDER BY grouped."by_count" DESC,
            grouped."by_author__country" NULLS LAST,
            grouped."by_published__year" NULLS LAST
   LIMIT 3) _0
