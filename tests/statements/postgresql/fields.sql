WITH _0 AS MATERIALIZED
  (SELECT "shop_book"."id" AS "id",
          "shop_book"."author_id" AS "author_id"
   FROM "shop_book"
   ORDER BY 1 ASC
   LIMIT 51)
SELECT row_to_json(_0j),
       _0."id"
FROM _0
LEFT JOIN
  (SELECT _1."nuages_key",
          _1j AS item
   FROM
     (SELECT "shop_author"."name" AS "name",
             "shop_author"."id" AS "nuages_key"
      FROM "shop_author"
      WHERE "shop_author"."id" = ANY(ARRAY
                                       (SELECT _0."author_id"
                                        FROM _0))) _1
   CROSS JOIN LATERAL
     (SELECT _1."name" AS "name") _1j) _1g ON _1g."nuages_key" = _0."author_id"
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",
          _1g.item AS "author") _0j
ORDER BY _0."id"
