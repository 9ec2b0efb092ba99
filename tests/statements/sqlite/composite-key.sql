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
                              LIMIT -1) _1), 'load', CASE
                                                         WHEN abs(_0."by_load") < 1.79769313486231e308 THEN _0."by_load"
                                                         WHEN abs(_0."by_load") <= 1.7976931348623157e308 THEN json(printf('%!.17g', _0."by_load"))
                                                         WHEN _0."by_load" > 0 THEN 'Infinity'
                                                         WHEN _0."by_load" < 0 THEN '-Infinity'
                                                     END) AS BLOB), +_0."room", +_0."place"
FROM
  (SELECT "zoo_shelf"."room" AS "room",
          "zoo_shelf"."place" AS "place",
          "zoo_shelf"."label" AS "label",
          CAST(
                 (SELECT SUM(U1."weight") AS "nuages_value"
                  FROM "zoo_shelf" U0
                  LEFT OUTER JOIN "zoo_box" U1 ON (U0."room" = U1."room"
                                                   AND U0."place" = U1."place")
                  WHERE (U0."place" = ("zoo_shelf"."place")
                         AND U0."room" = ("zoo_shelf"."room"))
                  GROUP BY U0."room", U0."place") AS real) AS "by_load"
   FROM "zoo_shelf"
   WHERE CAST(
                (SELECT SUM(U1."weight") AS "nuages_value"
                 FROM "zoo_shelf" U0
                 LEFT OUTER JOIN "zoo_box" U1 ON (U0."room" = U1."room"
                                                  AND U0."place" = U1."place")
                 WHERE (U0."place" = ("zoo_shelf"."place")
                        AND U0."room" = ("zoo_shelf"."room"))
                 GROUP BY U0."room", U0."place") AS real) > (?)
   ORDER BY 1 ASC,
            2 ASC
   LIMIT 51) _0
