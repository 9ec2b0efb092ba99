WITH _0 AS MATERIALIZED
  (SELECT "shop_book"."id" AS "id",
          "shop_book"."author_id" AS "author_id"
   FROM "shop_book"
   WHERE (EXISTS
            (SELECT 1 AS "a"
             FROM "shop_author" U0
             WHERE ((U0."country" = ($1)
                     OR U0."born" IS NULL)
                    AND U0."id" = ("shop_book"."author_id")
                    AND U0."country" = ($2))
             LIMIT 1)
          AND EXISTS
            (SELECT 1 AS "a"
             FROM "shop_review" U0
             INNER JOIN "shop_book" U1 ON (U0."book_id" = U1."id")
             WHERE (U0."stars" >= ($3)
                    AND NOT (NOT U1."in_print")
                    AND U0."book_id" = ("shop_book"."id")
                    AND U0."stars" = ($4))
             LIMIT 1)
          AND EXISTS
            (SELECT 1 AS "a"
             FROM "shop_tag" V0
             INNER JOIN "shop_book_tags" V1 ON (V0."id" = V1."tag_id")
             WHERE (V0."id" IN
                      (SELECT U0."id" AS "pk"
                       FROM "shop_tag" U0
                       INNER JOIN "shop_book_tags" U1 ON (U0."id" = U1."tag_id")
                       INNER JOIN "shop_book" U2 ON (U1."book_id" = U2."id")
                       INNER JOIN "shop_author" U3 ON (U2."author_id" = U3."id")
                       WHERE U3."country" = ($5))
                    AND V1."book_id" = ("shop_book"."id")
                    AND V0."name" = ($6))
             LIMIT 1))
   ORDER BY 1 ASC
   LIMIT 51)
SELECT row_to_json(_0j),
       _0."id"
FROM _0
LEFT JOIN
  (SELECT _1."nuages_key",
          _1j AS item
   FROM
     (SELECT "shop_author"."id" AS "id",
             "shop_author"."id" AS "nuages_key"
      FROM "shop_author"
      WHERE (("shop_author"."country" = ($7)
              OR "shop_author"."born" IS NULL)
             AND "shop_author"."id" = ANY(ARRAY
                                            (SELECT _0."author_id"
                                             FROM _0)))) _1
   CROSS JOIN LATERAL
     (SELECT _1."id" AS "id") _1j) _1g ON _1g."nuages_key" = _0."author_id"
LEFT JOIN
  (SELECT _2."nuages_key",
          json_agg(_2j) AS list
   FROM
     (SELECT "shop_tag"."id" AS "id",
             "shop_book_tags"."book_id" AS "nuages_key"
      FROM "shop_tag"
      LEFT OUTER JOIN "shop_book_tags" ON ("shop_tag"."id" = "shop_book_tags"."tag_id")
      WHERE ("shop_tag"."id" IN
               (SELECT U0."id" AS "pk"
                FROM "shop_tag" U0
                INNER JOIN "shop_book_tags" U1 ON (U0."id" = U1."tag_id")
                INNER JOIN "shop_book" U2 ON (U1."book_id" = U2."id")
                INNER JOIN "shop_author" U3 ON (U2."author_id" = U3."id")
                WHERE U3."country" = ($8))
             AND "shop_book_tags"."book_id" = ANY(ARRAY
                                                    (SELECT _0."id"
                                                     FROM _0)))
      ORDER BY 2 ASC,
               1 ASC) _2
   CROSS JOIN LATERAL
     (SELECT _2."id" AS "id") _2j
   GROUP BY 1) _2g ON _2g."nuages_key" = _0."id"
LEFT JOIN
  (SELECT _3."nuages_key",
          json_agg(_3j) AS list
   FROM
     (SELECT "shop_review"."id" AS "id",
             "shop_review"."book_id" AS "nuages_key"
      FROM "shop_review"
      INNER JOIN "shop_book" ON ("shop_review"."book_id" = "shop_book"."id")
      WHERE ("shop_review"."stars" >= ($9)
             AND NOT (NOT "shop_book"."in_print")
             AND "shop_review"."book_id" = ANY(ARRAY
                                                 (SELECT _0."id"
                                                  FROM _0)))
      ORDER BY 2 ASC,
               1 ASC) _3
   CROSS JOIN LATERAL
     (SELECT _3."id" AS "id") _3j
   GROUP BY 1) _3g ON _3g."nuages_key" = _0."id"
LEFT JOIN
  (SELECT "shop_review"."book_id" AS "nuages_key",
          COUNT("shop_review"."id") AS "nuages_value0"
   FROM "shop_review"
   WHERE "shop_review"."book_id" = ANY(ARRAY
                                         (SELECT _0."id"
                                          FROM _0))
   GROUP BY 1) _4g ON _4g."nuages_key" = _0."id"
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",
          _1g.item AS "author",
          coalesce(_2g.list, '[]') AS "tags",
          coalesce(_3g.list, '[]') AS "reviews",
          coalesce(_4g.nuages_value0, 0) AS "count") _0j
ORDER BY _0."id"
