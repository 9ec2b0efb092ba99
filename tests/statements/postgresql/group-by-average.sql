SELECT row_to_json(_0j),
       _0."by_avg_price",
       _0."in_print"
FROM
  (SELECT *
   FROM
     (SELECT "shop_book"."in_print" AS "in_print",
             (AVG("shop_book"."price"))::double precision AS "by_avg_price"
      FROM "shop_book"
      GROUP BY 1) grouped
   WHERE 1 = 1
     AND (grouped."by_avg_price" > $1::float8
          OR grouped."by_avg_price" IS NULL)
     OR 1 = 1
     AND grouped."by_avg_price" = $2::float8
     AND (grouped."in_print" > $3::boolean)
   ORDER BY grouped."by_avg_price" NULLS LAST,
            grouped."in_print"
   LIMIT 2) _0
CROSS JOIN LATERAL
  (SELECT _0."in_print" AS "in_print",
          (_0."by_avg_price")::float8 AS "avg_price") _0j
