WITH _0 AS MATERIALIZED
  (SELECT "zoo_bird"."animal_ptr_id" AS "id",
          "zoo_animal"."name" AS "name",
          "zoo_bird"."wingspan" AS "wingspan",
          "zoo_bird"."animal_ptr_id" AS "animal_ptr_id",

     (SELECT SUM(U0."grams") AS "nuages_value"
      FROM "zoo_meal" U0
      WHERE U0."bird_id" = ("zoo_bird"."animal_ptr_id")) AS "by_eaten"
   FROM "zoo_bird"
   INNER JOIN "zoo_animal" ON ("zoo_bird"."animal_ptr_id" = "zoo_animal"."id")
   WHERE ("zoo_animal"."died" IS NULL
          AND EXISTS
            (SELECT 1 AS "a"
             FROM "zoo_food" U0
             INNER JOIN "zoo_meal" U1 ON (U0."id" = U1."food_id")
             WHERE (U1."bird_id" = ("zoo_bird"."animal_ptr_id")
                    AND U0."name" = ($1))
             LIMIT 1))
   ORDER BY 5 ASC NULLS LAST,
            4 ASC
   LIMIT 51)
SELECT row_to_json(_0j),
       _0."by_eaten",
       _0."animal_ptr_id"
FROM _0
LEFT JOIN
  (SELECT _1."nuages_key",
          json_agg(_1j) AS list
   FROM
     (SELECT "zoo_food"."name" AS "name",
             "zoo_food"."id" AS "id",
             "zoo_meal"."bird_id" AS "nuages_key"
      FROM "zoo_food"
      LEFT OUTER JOIN "zoo_meal" ON ("zoo_food"."id" = "zoo_meal"."food_id")
      WHERE "zoo_meal"."bird_id" = ANY(ARRAY
                                         (SELECT _0."animal_ptr_id"
                                          FROM _0))
      ORDER BY 3 ASC,
               2 ASC) _1
   CROSS JOIN LATERAL
     (SELECT _1."name" AS "name") _1j
   GROUP BY 1) _1g ON _1g."nuages_key" = _0."animal_ptr_id"
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",
          _0."name" AS "name",
          round(_0."wingspan", 2)::text AS "wingspan",
          coalesce(_1g.list, '[]') AS "meals",
          _0."by_eaten" AS "eaten") _0j
ORDER BY _0."by_eaten" NULLS LAST,
         _0."animal_ptr_id"
