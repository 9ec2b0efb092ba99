WITH _0 AS MATERIALIZED
  (SELECT "zoo_keeper"."id" AS "id",
          "zoo_keeper"."name" AS "name",
          "zoo_keeper"."chief_id" AS "chief_id",
          "zoo_keeper"."country_id" AS "country_id"
   FROM "zoo_keeper"
   ORDER BY 1 ASC
   LIMIT 51)
SELECT row_to_json(_0j),
       _0."id"
FROM _0
LEFT JOIN
  (SELECT _2."nuages_key",
          json_agg(_2j
                   ORDER BY _2."id") AS list
   FROM
     (SELECT "zoo_keeper"."name" AS "name",
             "zoo_keeper"."id" AS "id",
             "zoo_keeper"."chief_id" AS "nuages_key"
      FROM "zoo_keeper"
      WHERE "zoo_keeper"."chief_id" = ANY(ARRAY
                                            (SELECT _0."id"
                                             FROM _0))) _2
   CROSS JOIN LATERAL
     (SELECT _2."name" AS "name",

        (SELECT coalesce(json_agg(_3j), '[]')
         FROM
           (SELECT "zoo_keeper"."name" AS "name",
                   "zoo_keeper"."chief_id" AS "chief_id"
            FROM "zoo_keeper"
            WHERE "zoo_keeper"."chief_id" = (_2."id")
            ORDER BY "zoo_keeper"."id" ASC) _3
         CROSS JOIN LATERAL
           (SELECT _3."name" AS "name",

              (SELECT row_to_json(_4j)
               FROM
                 (SELECT "zoo_keeper"."name" AS "name"
                  FROM "zoo_keeper"
                  WHERE "zoo_keeper"."id" = (_3."chief_id")) _4
               CROSS JOIN LATERAL
                 (SELECT _4."name" AS "name") _4j) AS "chief") _3j) AS "staff") _2j
   GROUP BY 1) _2g ON _2g."nuages_key" = _0."id"
LEFT JOIN
  (SELECT _6."nuages_key",
          json_agg(_6j
                   ORDER BY _6."id") AS list
   FROM
     (SELECT "zoo_keeper"."name" AS "name",
             "zoo_keeper"."id" AS "id",
             "zoo_keeper_friends"."from_keeper_id" AS "nuages_key"
      FROM "zoo_keeper"
      LEFT OUTER JOIN "zoo_keeper_friends" ON ("zoo_keeper"."id" = "zoo_keeper_friends"."to_keeper_id")
      WHERE "zoo_keeper_friends"."from_keeper_id" = ANY(ARRAY
                                                          (SELECT _0."id"
                                                           FROM _0))) _6
   CROSS JOIN LATERAL
     (SELECT _6."name" AS "name") _6j
   GROUP BY 1) _6g ON _6g."nuages_key" = _0."id"
LEFT JOIN
  (SELECT _7."nuages_key",
          json_agg(_7j
                   ORDER BY _7."code") AS list
   FROM
     (SELECT "zoo_country"."code" AS "code",
             "zoo_keeper_likes"."keeper_id" AS "nuages_key"
      FROM "zoo_country"
      LEFT OUTER JOIN "zoo_keeper_likes" ON ("zoo_country"."code" = "zoo_keeper_likes"."country_id")
      WHERE "zoo_keeper_likes"."keeper_id" = ANY(ARRAY
                                                   (SELECT _0."id"
                                                    FROM _0))) _7
   CROSS JOIN LATERAL
     (SELECT _7."code" AS "code") _7j
   GROUP BY 1) _7g ON _7g."nuages_key" = _0."id"
LEFT JOIN
  (SELECT _8."nuages_key",
          json_agg(_8j
                   ORDER BY _8."name" DESC, _8."id") AS list
   FROM
     (SELECT "zoo_animal"."name" AS "name",
             "zoo_animal"."keeper_id" AS "keeper_id",
             "zoo_animal"."id" AS "id",
             "zoo_animal"."keeper_id" AS "nuages_key"
      FROM "zoo_animal"
      WHERE ("zoo_animal"."died" IS NULL
             AND "zoo_animal"."keeper_id" = ANY(ARRAY
                                                  (SELECT _0."id"
                                                   FROM _0)))) _8
   CROSS JOIN LATERAL
     (SELECT _8."name" AS "name",

        (SELECT row_to_json(_9j)
         FROM
           (SELECT "zoo_keeper"."name" AS "name"
            FROM "zoo_keeper"
            WHERE "zoo_keeper"."id" = (_8."keeper_id")) _9
         CROSS JOIN LATERAL
           (SELECT _9."name" AS "name") _9j) AS "keeper") _8j
   GROUP BY 1) _8g ON _8g."nuages_key" = _0."id"
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",
          _0."name" AS "name",
          _0."chief_id" AS "chief",

     (SELECT row_to_json(_1j)
      FROM
        (SELECT "zoo_country"."code" AS "code",
                "zoo_country"."name" AS "name"
         FROM "zoo_country"
         WHERE "zoo_country"."number" = (_0."country_id")) _1
      CROSS JOIN LATERAL
        (SELECT _1."code" AS "code",
                _1."name" AS "name") _1j) AS "country",
          coalesce(_2g.list, '[]') AS "staff",

     (SELECT row_to_json(_5j)
      FROM
        (SELECT "zoo_badge"."number" AS "number"
         FROM "zoo_badge"
         WHERE "zoo_badge"."keeper_id" = (_0."id")) _5
      CROSS JOIN LATERAL
        (SELECT _5."number" AS "number") _5j) AS "badge",
          coalesce(_6g.list, '[]') AS "friends",
          coalesce(_7g.list, '[]') AS "likes",
          coalesce(_8g.list, '[]') AS "animals",

     (SELECT _10."nuages_value"
      FROM
        (SELECT COUNT("zoo_animal"."id") AS "nuages_value"
         FROM "zoo_keeper"
         LEFT OUTER JOIN "zoo_animal" ON ("zoo_keeper"."id" = "zoo_animal"."keeper_id")
         WHERE "zoo_keeper"."id" = (_0."id")
         GROUP BY "zoo_keeper"."id") _10) AS "animal_count",

     (SELECT _11."nuages_value"
      FROM
        (SELECT UPPER("zoo_keeper"."name") AS "nuages_value"
         FROM "zoo_keeper"
         WHERE "zoo_keeper"."id" = (_0."id")) _11) AS "shout") _0j
ORDER BY _0."id"
