SELECT *
FROM
  (SELECT CAST(json_object('in_print', json(CASE _0."in_print"
                                                WHEN 1 THEN 'true'
                                                WHEN 0 THEN 'false'
                                            END), 'count', _0."by_count") AS BLOB), +_0."in_print"
   FROM
     (SELECT *
      FROM
        (SELECT "shop_book"."in_print" AS "in_print",
                COUNT(*) AS "by_count"
         FROM "shop_book"
         WHERE EXISTS
             (SELECT ? AS "a"
              FROM "shop_tag" U0
              INNER JOIN "shop_book_tags" U1 ON (U0."id" = U1."tag_id")
              WHERE (U1."book_id" = ("shop_book"."id")
                     AND U0."name" = (?))
              LIMIT 1)
         GROUP BY 1) grouped
      ORDER BY grouped."in_print"
      LIMIT 51) _0) listed
UNION ALL
SELECT CAST(
              (SELECT COUNT(*)
               FROM
                 (SELECT "shop_book"."in_print" AS "in_print", COUNT(*) AS "by_count"
                  FROM "shop_book"
                  WHERE EXISTS
                      (SELECT ? AS "a"
                       FROM "shop_tag" U0
                       INNER JOIN "shop_book_tags" U1 ON (U0."id" = U1."tag_id")
                       WHERE (U1."book_id" = ("shop_book"."id")
                              AND U0."name" = (?))
                       LIMIT 1)
                  GROUP BY 1) counted) AS BLOB),
       NULL
