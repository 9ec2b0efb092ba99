SELECT row_to_json(_0j),
       _0."room",
       _0."place"
FROM
  (SELECT "zoo_shelf"."room" AS "room",
          "zoo_shelf"."place" AS "place",
          "zoo_shelf"."label" AS "label",
          (
             (SELECT SUM(U1."weight") AS "nuages_value"
              FROM "zoo_shelf" U0
              LEFT OUTER JOIN "zoo_box" U1 ON (U0."room" = U1."room"
                                               AND U0."place" = U1."place")
              WHERE (U0."place" = ("zoo_shelf"."place")
                     AND U0."room" = ("zoo_shelf"."room"))
              GROUP BY U0."room",
                       U0."place"))::double precision AS "by_load"
   FROM "zoo_shelf"
   WHERE (
            (SELECT SUM(U1."weight") AS "nuages_value"
             FROM "zoo_shelf" U0
             LEFT OUTER JOIN "zoo_box" U1 ON (U0."room" = U1."room"
                                              AND U0."place" = U1."place")
             WHERE (U0."place" = ("zoo_shelf"."place")
                    AND U0."room" = ("zoo_shelf"."room"))
             GROUP BY U0."room",
                      U0."place"))::double precision > ($1)
   ORDER BY 1 ASC,
            2 ASC
   LIMIT 51) _0
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
          (_0."by_load")::float8 AS "load") _0j
