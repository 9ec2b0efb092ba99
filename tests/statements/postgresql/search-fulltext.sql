SELECT row_to_json(_0j),
       _0."id"
FROM
  (SELECT "shop_author"."id" AS "id"
   FROM "shop_author"
   WHERE (to_tsvector('english'::regconfig, (COALESCE("shop_author"."name", '') || ' ' || COALESCE("shop_author"."country", ''))) @@ websearch_to_tsquery('english'::regconfig, $1::text))
   ORDER BY 1 ASC
   LIMIT 51) _0
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id") _0j
