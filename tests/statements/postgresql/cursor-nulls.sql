WITH _0 AS MATERIALIZED
  (SELECT *
   FROM
     (SELECT "shop_book"."id" AS "id",
             "shop_book"."title" AS "title",
             "shop_book"."price" AS "price",
             "shop_book"."author_id" AS "author_id",
             "shop_book"."published" AS "published"
      FROM "shop_book"
      WHERE ("shop_book"."published" <= ($1::date)
             AND ("shop_book"."published" < ($2::date)
                  OR ("shop_book"."published" = ($3::date)
                      AND "shop_book"."id" > ($4::bigint))))
      ORDER BY 5 DESC,
               1 ASC
      LIMIT 3) zone0
   UNION ALL SELECT *
   FROM
     (SELECT "shop_book"."id" AS "id",
             "shop_book"."title" AS "title",
             "shop_book"."price" AS "price",
             "shop_book"."author_id" AS "author_id",
             "shop_book"."published" AS "published"
      FROM "shop_book"
      WHERE "shop_book"."published" IS NULL
      ORDER BY 1 ASC
      LIMIT 3) zone1
   LIMIT 3)
SELECT row_to_json(_0j),
       _0."published",
       _0."id"
FROM _0
LEFT JOIN
  (SELECT _1."nuages_key",
          _1j AS item
   FROM
     (SELECT "shop_author"."id" AS "id",
             "shop_author"."name" AS "name",
             "shop_author"."id" AS "nuages_key"
      FROM "shop_author"
      WHERE "shop_author"."id" = ANY(ARRAY
                                       (SELECT _0."author_id"
                                        FROM _0))) _1
   CROSS JOIN LATERAL
     (SELECT _1."id" AS "id",
             _1."name" AS "name") _1j) _1g ON _1g."nuages_key" = _0."author_id"
LEFT JOIN
  (SELECT _2."nuages_key",
          json_agg(_2j) AS list
   FROM
     (SELECT "shop_tag"."id" AS "id",
             "shop_tag"."name" AS "name",
             "shop_book_tags"."book_id" AS "nuages_key"
      FROM "shop_tag"
      LEFT OUTER JOIN "shop_book_tags" ON ("shop_tag"."id" = "shop_book_tags"."tag_id")
      WHERE "shop_book_tags"."book_id" = ANY(ARRAY
                                               (SELECT _0."id"
                                                FROM _0))
      ORDER BY 3 ASC,
               1 ASC) _2
   CROSS JOIN LATERAL
     (SELECT _2."id" AS "id",
             _2."name" AS "name") _2j
   GROUP BY 1) _2g ON _2g."nuages_key" = _0."id"
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",
          _0."title" AS "title",
          round(_0."price", 2)::text AS "price",
          _1g.item AS "author",
          coalesce(_2g.list, '[]') AS "tags",

     (SELECT trim_scale((_3."nuages_value")::float8::numeric)::text
      FROM
        (SELECT ("shop_book"."price" * 2) AS "nuages_value"
         FROM "shop_book"
         WHERE "shop_book"."id" = (_0."id")) _3) AS "rounds") _0j
ORDER BY _0."published" DESC NULLS LAST,
         _0."id"
