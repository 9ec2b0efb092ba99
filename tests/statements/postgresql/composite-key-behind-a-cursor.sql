SELECT row_to_json(_0j),
       _0."room",
       _0."place"
FROM
  (SELECT "zoo_shelf"."room" AS "room",
          "zoo_shelf"."place" AS "place",
          "zoo_shelf"."label" AS "label"
   FROM "zoo_shelf"
   WHERE ("zoo_shelf"."room" >= ($1::bigint)
          AND ("zoo_shelf"."room" > ($2::bigint)
               OR ("zoo_shelf"."room" = ($3::bigint)
                   AND "zoo_shelf"."place" > ($4))))
   ORDER BY 1 ASC,
            2 ASC
   LIMIT 2) _0
CROSS JOIN LATERAL
  (SELECT _0."room" AS "room",
          _0."place" AS "place",
          _0."label" AS "label",

     (SELECT coalesce(json_agg(_1j), '[]')
      FROM
        (SELECT "zoo_box"."id" AS "id",
                "zoo_box"."weight" AS "weight"
         FROM "zoo_box"
         WHERE ("zoo_box"."place" = (_0."place")
                AND "zoo_box"."room" = (_0."room"))
         ORDER BY 1 ASC) _1
      CROSS JOIN LATERAL
        (SELECT _1."id" AS "id",
                (_1."weight")::float8 AS "weight") _1j) AS "boxes",

     (SELECT (_2."nuages_value")::float8
      FROM
        (SELECT SUM("zoo_box"."weight") AS "nuages_value"
         FROM "zoo_shelf"
         LEFT OUTER JOIN "zoo_box" ON ("zoo_shelf"."room" = "zoo_box"."room"
                                       AND "zoo_shelf"."place" = "zoo_box"."place")
         WHERE ("zoo_shelf"."place" = (_0."place")
                AND "zoo_shelf"."room" = (_0."room"))
         GROUP BY "zoo_shelf"."room",
                  "zoo_shelf"."place") _2) AS "load") _0j
