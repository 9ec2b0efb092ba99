SELECT row_to_json(_0j),
       _0."id"
FROM
  (SELECT "shop_book"."id" AS "id",
          "shop_book"."author_id" AS "author_id"
   FROM "shop_book"
   ORDER BY 1 ASC
   LIMIT 51) _0
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",

     (SELECT row_to_json(_1j)
      FROM
        (SELECT "shop_author"."name" AS "name"
         FROM "shop_author"
         WHERE "shop_author"."id" = (_0."author_id")) _1
      CROSS JOIN LATERAL
        (SELECT _1."name" AS "name") _1j) AS "author") _0j
