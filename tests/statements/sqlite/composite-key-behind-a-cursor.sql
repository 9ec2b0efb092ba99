SELECT CAST(json_object('room', _0."room", 'place', _0."place", 'label', _0."label", 'boxes',
                          (SELECT json_group_array(json_object('id', _1."id", 'weight', CASE
                                                                                            WHEN abs(_1."weight") < 1.79769313486231e308 THEN _1."weight"
                                                                                            WHEN abs(_1."weight") <= 1.7976931348623157e308 THEN json(printf('%!.17g', _1."weight"))
                                                                                            WHEN _1."weight" > 0 THEN 'Infinity'
                                                                                            WHEN _1."weight" < 0 THEN '-Infinity'
                                                                                        END))
                           FROM
                             (SELECT "zoo_box"."id" AS "id", "zoo_box"."weight" AS "weight"
                              FROM "zoo_box"
                              WHERE ("zoo_box"."place" = (_0."place")
                                     AND "zoo_box"."room" = (_0."room"))
                              ORDER BY 1 ASC
                              LIMIT -1) _1), 'load',
                          (SELECT CASE
                                      WHEN abs(_2."nuages_value") < 1.79769313486231e308 THEN _2."nuages_value"
                                      WHEN abs(_2."nuages_value") <= 1.7976931348623157e308 THEN json(printf('%!.17g', _2."nuages_value"))
                                      WHEN _2."nuages_value" > 0 THEN 'Infinity'
                                      WHEN _2."nuages_value" < 0 THEN '-Infinity'
                                  END
                           FROM
                             (SELECT SUM("zoo_box"."weight") AS "nuages_value"
                              FROM "zoo_shelf"
                              LEFT OUTER JOIN "zoo_box" ON ("zoo_shelf"."room" = "zoo_box"."room"
                                                            AND "zoo_shelf"."place" = "zoo_box"."place")
                              WHERE ("zoo_shelf"."place" = (_0."place")
                                     AND "zoo_shelf"."room" = (_0."room"))
                              GROUP BY "zoo_shelf"."room", "zoo_shelf"."place") _2)) AS BLOB), +_0."room", +_0."place"
FROM
  (SELECT "zoo_shelf"."room" AS "room",
          "zoo_shelf"."place" AS "place",
          "zoo_shelf"."label" AS "label"
   FROM "zoo_shelf"
   WHERE ("zoo_shelf"."room" >= (?)
          AND ("zoo_shelf"."room" > (?)
               OR ("zoo_shelf"."room" = (?)
                   AND "zoo_shelf"."place" > (?))))
   ORDER BY 1 ASC,
            2 ASC
   LIMIT 2) _0
