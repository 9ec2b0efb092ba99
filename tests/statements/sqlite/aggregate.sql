SELECT CAST(json_object('count', _0."by_count", 'min_price', CASE
                                                                 WHEN _0."by_min_price" <> '' THEN printf('%.2f', _0."by_min_price")
                                                             END, 'max_price', CASE
                                                                                   WHEN _0."by_max_price" <> '' THEN printf('%.2f', _0."by_max_price")
                                                                               END, 'count_distinct_isbn', _0."by_count_distinct_isbn") AS BLOB)
FROM
  (SELECT *
   FROM
     (SELECT COUNT(*) AS "by_count",
             (CAST(MIN("shop_book"."price") AS NUMERIC)) AS "by_min_price",
             (CAST(MAX("shop_book"."price") AS NUMERIC)) AS "by_max_price",
             COUNT(DISTINCT "shop_book"."isbn") AS "by_count_distinct_isbn"
      FROM "shop_book") grouped
   LIMIT 51) _0
