SELECT row_to_json(_0j),
       _0."id"
FROM
  (SELECT "zoo_specimen"."id" AS "id"
   FROM "zoo_specimen"
   WHERE (EXTRACT(HOUR
                  FROM "zoo_specimen"."datetime" AT TIME ZONE 'Europe/Paris') = ($1)
          AND EXTRACT(ISODOW
                      FROM "zoo_specimen"."datetime" AT TIME ZONE 'Europe/Paris') = ($2))
   ORDER BY 1 ASC
   LIMIT 51) _0
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id") _0j
