SELECT row_to_json(_0j),
       _0."id"
FROM
  (SELECT "zoo_listing"."id" AS "id"
   FROM "zoo_listing"
   WHERE ("zoo_listing"."days" @> ($1::date)::date
          AND "zoo_listing"."span" @> ($2::integer)::integer)
   ORDER BY 1 ASC
   LIMIT 51) _0
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id") _0j
