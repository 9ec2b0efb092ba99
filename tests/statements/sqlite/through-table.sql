SELECT CAST(json_object('id', _0."id", 'name', _0."name", 'wingspan', CASE
                                                                          WHEN _0."wingspan" <> '' THEN printf('%.2f', _0."wingspan")
                                                                      END, 'meals',
                          (SELECT json_group_array(json_object('name', _1."name"))
                           FROM
                             (SELECT "zoo_food"."name" AS "name"
                              FROM "zoo_food"
                              INNER JOIN "zoo_meal" ON ("zoo_food"."id" = "zoo_meal"."food_id")
                              WHERE "zoo_meal"."bird_id" = (_0."animal_ptr_id")
                              ORDER BY "zoo_food"."id" ASC
                              LIMIT -1) _1), 'eaten', _0."by_eaten") AS BLOB), +_0."by_eaten", +_0."animal_ptr_id"
FROM
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
            (SELECT ? AS "a"
             FROM "zoo_food" U0
             INNER JOIN "zoo_meal" U1 ON (U0."id" = U1."food_id")
             WHERE (U1."bird_id" = ("zoo_bird"."animal_ptr_id")
                    AND U0."name" = (?))
             LIMIT 1))
   ORDER BY 5 ASC NULLS LAST,
            4 ASC
   LIMIT 51) _0
