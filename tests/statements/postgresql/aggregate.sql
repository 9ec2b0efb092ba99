SELECT row_to_json(_0j)
FROM
  (SELECT *
   FROM
     (SELECT COUNT(*) AS "by_count",
             MIN("shop_book"."price") AS "by_min_price",
             MAX("shop_book"."price") AS "by_max_price",
             COUNT(DISTINCT "shop_book"."isbn") AS "by_count_distinct_isbn"
      FROM "shop_book") grouped
   LIMIT 51) _0
CROSS JOIN LATERAL
  (SELECT _0."by_count" AS "count",
          round(_0."by_min_price", 2)::text AS "min_price",
          round(_0."by_max_price", 2)::text AS "max_price",
          _0."by_count_distinct_isbn" AS "count_distinct_isbn") _0j
