SELECT CAST(json_object('id', _0."id") AS BLOB), +_0."id"
FROM
  (SELECT "zoo_specimen"."id" AS "id"
   FROM "zoo_specimen"
   WHERE (EXISTS
            (SELECT 1
             FROM json_each(coalesce(CASE
                                         WHEN json_valid("zoo_specimen"."json") THEN "zoo_specimen"."json"
                                     END, 'null')) j
             WHERE CASE json_type(CASE
                                      WHEN json_valid("zoo_specimen"."json") THEN "zoo_specimen"."json"
                                  END)
                       WHEN 'object' THEN j.key
                       ELSE CASE j.type
                                WHEN 'text' THEN j.atom
                            END
                   END = ?)
          OR EXISTS
            (SELECT 1
             FROM json_each(coalesce(CASE
                                         WHEN json_valid("zoo_specimen"."json") THEN "zoo_specimen"."json"
                                     END, 'null')) j
             WHERE CASE json_type(CASE
                                      WHEN json_valid("zoo_specimen"."json") THEN "zoo_specimen"."json"
                                  END)
                       WHEN 'object' THEN j.key
                       ELSE CASE j.type
                                WHEN 'text' THEN j.atom
                            END
                   END = ?))
   ORDER BY 1 ASC
   LIMIT 51) _0
