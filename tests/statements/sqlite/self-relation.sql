SELECT CAST(json_object('id', lower(CASE length(_0."id")
                                        WHEN 32 THEN substr(_0."id", 1, 8)||'-'||substr(_0."id", 9, 4)||'-'||substr(_0."id", 13, 4)||'-'||substr(_0."id", 17, 4)||'-'||substr(_0."id", 21)
                                        ELSE _0."id"
                                    END), 'name', _0."name", 'chief', lower(CASE length(_0."chief_id")
                                                                                WHEN 32 THEN substr(_0."chief_id", 1, 8)||'-'||substr(_0."chief_id", 9, 4)||'-'||substr(_0."chief_id", 13, 4)||'-'||substr(_0."chief_id", 17, 4)||'-'||substr(_0."chief_id", 21)
                                                                                ELSE _0."chief_id"
                                                                            END), 'country',
                          (SELECT json_object('code', _1."code", 'name', _1."name")
                           FROM
                             (SELECT "zoo_country"."code" AS "code", "zoo_country"."name" AS "name"
                              FROM "zoo_country"
                              WHERE "zoo_country"."number" = (_0."country_id")) _1), 'staff',
                          (SELECT json_group_array(json_object('name', _2."name", 'staff',
                                                                 (SELECT json_group_array(json_object('name', _3."name", 'chief',
                                                                                                        (SELECT json_object('name', _4."name")
                                                                                                         FROM
                                                                                                           (SELECT "zoo_keeper"."name" AS "name"
                                                                                                            FROM "zoo_keeper"
                                                                                                            WHERE "zoo_keeper"."id" = (_3."chief_id")) _4)))
                                                                  FROM
                                                                    (SELECT "zoo_keeper"."name" AS "name", "zoo_keeper"."chief_id" AS "chief_id"
                                                                     FROM "zoo_keeper"
                                                                     WHERE "zoo_keeper"."chief_id" = (_2."id")
                                                                     ORDER BY "zoo_keeper"."id" ASC
                                                                     LIMIT -1) _3)))
                           FROM
                             (SELECT "zoo_keeper"."name" AS "name", "zoo_keeper"."id" AS "id"
                              FROM "zoo_keeper"
                              WHERE "zoo_keeper"."chief_id" = (_0."id")
                              ORDER BY 2 ASC
                              LIMIT -1) _2), 'badge',
                          (SELECT json_object('number', _5."number")
                           FROM
                             (SELECT "zoo_badge"."number" AS "number"
                              FROM "zoo_badge"
                              WHERE "zoo_badge"."keeper_id" = (_0."id")) _5), 'friends',
                          (SELECT json_group_array(json_object('name', _6."name"))
                           FROM
                             (SELECT "zoo_keeper"."name" AS "name"
                              FROM "zoo_keeper"
                              INNER JOIN "zoo_keeper_friends" ON ("zoo_keeper"."id" = "zoo_keeper_friends"."to_keeper_id")
                              WHERE "zoo_keeper_friends"."from_keeper_id" = (_0."id")
                              ORDER BY "zoo_keeper"."id" ASC
                              LIMIT -1) _6), 'likes',
                          (SELECT json_group_array(json_object('code', _7."code"))
                           FROM
                             (SELECT "zoo_country"."code" AS "code"
                              FROM "zoo_country"
                              INNER JOIN "zoo_keeper_likes" ON ("zoo_country"."code" = "zoo_keeper_likes"."country_id")
                              WHERE "zoo_keeper_likes"."keeper_id" = (_0."id")
                              ORDER BY 1 ASC
                              LIMIT -1) _7), 'animals',
                          (SELECT json_group_array(json_object('name', _8."name", 'keeper',
                                                                 (SELECT json_object('name', _9."name")
                                                                  FROM
                                                                    (SELECT "zoo_keeper"."name" AS "name"
                                                                     FROM "zoo_keeper"
                                                                     WHERE "zoo_keeper"."id" = (_8."keeper_id")) _9)))
                           FROM
                             (SELECT "zoo_animal"."name" AS "name", "zoo_animal"."keeper_id" AS "keeper_id"
                              FROM "zoo_animal"
                              WHERE ("zoo_animal"."died" IS NULL
                                     AND "zoo_animal"."keeper_id" = (_0."id"))
                              ORDER BY 1 DESC, "zoo_animal"."id" ASC
                              LIMIT -1) _8), 'animal_count',
                          (SELECT _10."nuages_value"
                           FROM
                             (SELECT COUNT("zoo_animal"."id") AS "nuages_value"
                              FROM "zoo_animal"
                              WHERE "zoo_animal"."keeper_id" = (_0."id")) _10), 'shout',
                          (SELECT _11."nuages_value"
                           FROM
                             (SELECT UPPER("zoo_keeper"."name") AS "nuages_value"
                              FROM "zoo_keeper"
                              WHERE "zoo_keeper"."id" = (_0."id")) _11)) AS BLOB), +_0."id"
FROM
  (SELECT "zoo_keeper"."id" AS "id",
          "zoo_keeper"."name" AS "name",
          "zoo_keeper"."chief_id" AS "chief_id",
          "zoo_keeper"."country_id" AS "country_id"
   FROM "zoo_keeper"
   ORDER BY 1 ASC
   LIMIT 51) _0
