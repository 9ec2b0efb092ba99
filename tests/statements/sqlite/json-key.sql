SELECT CAST(json_object('id', _0."id") AS BLOB), +_0."id"
FROM
  (SELECT "zoo_specimen"."id" AS "id"
   FROM "zoo_specimen"
   WHERE (CASE json_type(CASE
                             WHEN json_valid("zoo_specimen"."json") THEN "zoo_specimen"."json"
                         END, ?)
              WHEN 'null' THEN NULL
              WHEN 'text' THEN json_extract(CASE
                                                WHEN json_valid("zoo_specimen"."json") THEN "zoo_specimen"."json"
                                            END, ?)
              ELSE CASE
                       WHEN json_valid("zoo_specimen"."json") THEN "zoo_specimen"."json"
                   END -> ?
          END = (?)
          AND (instr(nuages_upper(CASE json_type(CASE
                                                     WHEN json_valid("zoo_specimen"."json") THEN "zoo_specimen"."json"
                                                 END, ?)
                                      WHEN 'null' THEN NULL
                                      WHEN 'text' THEN json_extract(CASE
                                                                        WHEN json_valid("zoo_specimen"."json") THEN "zoo_specimen"."json"
                                                                    END, ?)
                                      ELSE CASE
                                               WHEN json_valid("zoo_specimen"."json") THEN "zoo_specimen"."json"
                                           END -> ?
                                  END), nuages_upper(?)) > 0))
   ORDER BY 1 ASC
   LIMIT 51) _0
