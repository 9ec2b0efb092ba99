SELECT CAST(json_object('in_print', json(CASE _0."in_print"
                                             WHEN 1 THEN 'true'
                                             WHEN 0 THEN 'false'
                                         END), 'avg_price', CASE
                                                                WHEN abs(_0."by_avg_price") < 1.79769313486231e308 THEN _0."by_avg_price"
                                                                WHEN abs(_0."by_avg_price") <= 1.7976931348623157e308 THEN json(printf('%!.17g', _0."by_avg_price"))
                                                                WHEN _0."by_avg_price" > 0 THEN 'Infinity'
                                                                WHEN _0."by_avg_price" < 0 THEN '-Infinity'
                                                            END) AS BLOB), +_0."by_avg_price", +_0."in_print"
FROM
  (SELECT *
   FROM
     (SELECT "shop_book"."in_print" AS "in_print",
             CAST((CAST(AVG("shop_book"."price") AS NUMERIC)) AS real) AS "by_avg_price"
      FROM "shop_book"
      GROUP BY 1) grouped
   WHERE 1 = 1
     AND (grouped."by_avg_price" > ?
          OR grouped."by_avg_price" IS NULL)
     OR 1 = 1
     AND grouped."by_avg_price" = ?
     AND (grouped."in_print" > ?)
   ORDER BY grouped."by_avg_price" NULLS LAST,
            grouped."in_print"
   LIMIT 2) _0
