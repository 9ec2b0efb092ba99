SELECT *
FROM
  (SELECT row_to_json(_0j),
          _0."in_print"
   FROM
     (SELECT *
      FROM
        (SELECT "shop_book"."in_print" AS "in_print",
                COUNT(*) AS "by_count"
         FROM "shop_book"
         WHERE EXISTS
             (SELECT 1 AS "a"
              FROM "shop_tag" U0
              INNER JOIN "shop_book_tags" U1 ON (U0."id" = U1."tag_id")
              WHERE (U1."book_id" = ("shop_book"."id")
                     AND U0."name" = ($1))
              LIMIT 1)
         GROUP BY 1) grouped
      ORDER BY grouped."in_print"
      LIMIT 51) _0
   CROSS JOIN LATERAL
     (SELECT _0."in_print" AS "in_print",
             _0."by_count" AS "count") _0j) listed
UNION ALL
SELECT to_json(
                 (SELECT COUNT(*)
                  FROM
                    (SELECT "shop_book"."in_print" AS "in_print", COUNT(*) AS "by_count"
                     FROM "shop_book"
                     WHERE EXISTS
                         (SELECT 1 AS "a"
                          FROM "shop_tag" U0
                          INNER JOIN "shop_book_tags" U1 ON (U0."id" = U1."tag_id")
                          WHERE (U1."book_id" = ("shop_book"."id")
                                 AND U0."name" = ($2))
                          LIMIT 1)
                     GROUP BY 1) counted)),
       NULL
