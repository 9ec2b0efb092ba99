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
  (SELECT _1."nuages_key",
          _1j AS item
   FROM
     (SELECT "zoo_country"."code" AS "code",
             "zoo_country"."name" AS "name",
             "zoo_country"."number" AS "nuages_key"
      FROM "zoo_country"
      WHERE "zoo_country"."number" = ANY(ARRAY
                                           (SELECT _0."country_id"
                                            FROM _0))) _1
   CROSS JOIN LATERAL
     (SELECT _1."code" AS "code",
             _1."name" AS "name") _1j) _1g ON _1g."nuages_key" = _0."country_id"
LEFT JOIN
  (WITH _2 AS MATERIALIZED
     (SELECT "zoo_keeper"."name" AS "name",
             "zoo_keeper"."id" AS "id",
             "zoo_keeper"."chief_id" AS "nuages_key"
      FROM "zoo_keeper"
      WHERE "zoo_keeper"."chief_id" = ANY(ARRAY
                                            (SELECT _0."id"
                                             FROM _0))) SELECT _2."nuages_key",
                                                               json_agg(_2j
                                                                        ORDER BY _2."id") AS list
   FROM _2
   LEFT JOIN
     (WITH _3 AS MATERIALIZED
        (SELECT "zoo_keeper"."name" AS "name",
                "zoo_keeper"."chief_id" AS "chief_id",
                "zoo_keeper"."id" AS "id",
                "zoo_keeper"."chief_id" AS "nuages_key"
         FROM "zoo_keeper"
         WHERE "zoo_keeper"."chief_id" = ANY(ARRAY
                                               (SELECT _2."id"
                                                FROM _2))) SELECT _3."nuages_key",
                                                                  json_agg(_3j
                                                                           ORDER BY _3."id") AS list
      FROM _3
      LEFT JOIN
        (SELECT _4."nuages_key",
                _4j AS item
         FROM
           (SELECT "zoo_keeper"."name" AS "name",
                   "zoo_keeper"."id" AS "nuages_key"
            FROM "zoo_keeper"
            WHERE "zoo_keeper"."id" = ANY(ARRAY
                                            (SELECT _3."chief_id"
                                             FROM _3))) _4
         CROSS JOIN LATERAL
           (SELECT _4."name" AS "name") _4j) _4g ON _4g."nuages_key" = _3."chief_id"
      CROSS JOIN LATERAL
        (SELECT _3."name" AS "name",
                _4g.item AS "chief") _3j
      GROUP BY 1) _3g ON _3g."nuages_key" = _2."id"
   CROSS JOIN LATERAL
     (SELECT _2."name" AS "name",
             coalesce(_3g.list, '[]') AS "staff") _2j
   GROUP BY 1) _2g ON _2g."nuages_key" = _0."id"
LEFT JOIN
  (SELECT _5."nuages_key",
          _5j AS item
   FROM
     (SELECT "zoo_badge"."number" AS "number",
             "zoo_badge"."keeper_id" AS "nuages_key"
      FROM "zoo_badge"
      WHERE "zoo_badge"."keeper_id" = ANY(ARRAY
                                            (SELECT _0."id"
                                             FROM _0))) _5
   CROSS JOIN LATERAL
     (SELECT _5."number" AS "number") _5j) _5g ON _5g."nuages_key" = _0."id"
LEFT JOIN
  (SELECT _6."nuages_key",
          json_agg(_6j) AS list
   FROM
     (SELECT "zoo_keeper"."name" AS "name",
             "zoo_keeper"."id" AS "id",
             "zoo_keeper_friends"."from_keeper_id" AS "nuages_key"
      FROM "zoo_keeper"
      LEFT OUTER JOIN "zoo_keeper_friends" ON ("zoo_keeper"."id" = "zoo_keeper_friends"."to_keeper_id")
      WHERE "zoo_keeper_friends"."from_keeper_id" = ANY(ARRAY
                                                          (SELECT _0."id"
                                                           FROM _0))
      ORDER BY 3 ASC,
               2 ASC) _6
   CROSS JOIN LATERAL
     (SELECT _6."name" AS "name") _6j
   GROUP BY 1) _6g ON _6g."nuages_key" = _0."id"
LEFT JOIN
  (SELECT _7."nuages_key",
          json_agg(_7j) AS list
   FROM
     (SELECT "zoo_country"."code" AS "code",
             "zoo_keeper_likes"."keeper_id" AS "nuages_key"
      FROM "zoo_country"
      LEFT OUTER JOIN "zoo_keeper_likes" ON ("zoo_country"."code" = "zoo_keeper_likes"."country_id")
      WHERE "zoo_keeper_likes"."keeper_id" = ANY(ARRAY
                                                   (SELECT _0."id"
                                                    FROM _0))
      ORDER BY 2 ASC,
               1 ASC) _7
   CROSS JOIN LATERAL
     (SELECT _7."code" AS "code") _7j
   GROUP BY 1) _7g ON _7g."nuages_key" = _0."id"
LEFT JOIN
  (WITH _8 AS MATERIALIZED
     (SELECT "zoo_animal"."name" AS "name",
             "zoo_animal"."keeper_id" AS "keeper_id",
             "zoo_animal"."id" AS "id",
             "zoo_animal"."keeper_id" AS "nuages_key"
      FROM "zoo_animal"
      WHERE ("zoo_animal"."died" IS NULL
             AND "zoo_animal"."keeper_id" = ANY(ARRAY
                                                  (SELECT _0."id"
                                                   FROM _0)))) SELECT _8."nuages_key",
                                                                      json_agg(_8j
                                                                               ORDER BY _8."name" DESC, _8."id") AS list
   FROM _8
   LEFT JOIN
     (SELECT _9."nuages_key",
             _9j AS item
      FROM
        (SELECT "zoo_keeper"."name" AS "name",
                "zoo_keeper"."id" AS "nuages_key"
         FROM "zoo_keeper"
         WHERE "zoo_keeper"."id" = ANY(ARRAY
                                         (SELECT _8."keeper_id"
                                          FROM _8))) _9
      CROSS JOIN LATERAL
        (SELECT _9."name" AS "name") _9j) _9g ON _9g."nuages_key" = _8."keeper_id"
   CROSS JOIN LATERAL
     (SELECT _8."name" AS "name",
             _9g.item AS "keeper") _8j
   GROUP BY 1) _8g ON _8g."nuages_key" = _0."id"
LEFT JOIN
  (SELECT "zoo_animal"."keeper_id" AS "nuages_key",
          COUNT("zoo_animal"."id") AS "nuages_value0"
   FROM "zoo_animal"
   WHERE "zoo_animal"."keeper_id" = ANY(ARRAY
                                          (SELECT _0."id"
                                           FROM _0))
   GROUP BY 1) _10g ON _10g."nuages_key" = _0."id"
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",
          _0."name" AS "name",
          _0."chief_id" AS "chief",
          _1g.item AS "country",
          coalesce(_2g.list, '[]') AS "staff",
          _5g.item AS "badge",
          coalesce(_6g.list, '[]') AS "friends",
          coalesce(_7g.list, '[]') AS "likes",
          coalesce(_8g.list, '[]') AS "animals",
          coalesce(_10g.nuages_value0, 0) AS "animal_count",

     (SELECT _11."nuages_value"
      FROM
        (SELECT UPPER("zoo_keeper"."name") AS "nuages_value"
         FROM "zoo_keeper"
         WHERE "zoo_keeper"."id" = (_0."id")) _11) AS "shout") _0j
ORDER BY _0."id"
