SELECT CAST(json_object('id', _0."id", 'select', _0."select", 'percent', _0."percent", 'apostrophe', _0."apostrophe", 'parent',
                          (SELECT json_object('select', _1."select")
                           FROM
                             (SELECT "zoo odd's 100%"."sel ect" AS "select"
                              FROM "zoo odd's 100%"
                              WHERE "zoo odd's 100%"."id" = (_0."parent_id")) _1), 'kids',
                          (SELECT json_group_array(json_object('percent', _2."percent"))
                           FROM
                             (SELECT "zoo odd's 100%"."100% of %s" AS "percent"
                              FROM "zoo odd's 100%"
                              WHERE "zoo odd's 100%"."the parent's" = (_0."id")
                              ORDER BY "zoo odd's 100%"."id" ASC
                              LIMIT -1) _2)) AS BLOB), +_0."id"
FROM
  (SELECT "zoo odd's 100%"."id" AS "id",
          "zoo odd's 100%"."sel ect" AS "select",
          "zoo odd's 100%"."100% of %s" AS "percent",
          "zoo odd's 100%"."it's %% odd" AS "apostrophe",
          "zoo odd's 100%"."the parent's" AS "parent_id"
   FROM "zoo odd's 100%"
   WHERE (EXISTS
            (SELECT ? AS "a"
             FROM "zoo odd's 100%" U0
             WHERE (U0."the parent's" = ("zoo odd's 100%"."id")
                    AND U0."100% of %s" = (?))
             LIMIT 1)
          AND EXISTS
            (SELECT ? AS "a"
             FROM "zoo odd's 100%" U0
             WHERE (U0."id" = ("zoo odd's 100%"."the parent's")
                    AND U0."100% of %s" = (?))
             LIMIT 1))
   ORDER BY 1 ASC
   LIMIT 51) _0
