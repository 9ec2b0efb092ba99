WITH _0 AS MATERIALIZED
  (SELECT "zoo odd's 100%"."id" AS "id",
          "zoo odd's 100%"."sel ect" AS "select",
          "zoo odd's 100%"."100% of %s" AS "percent",
          "zoo odd's 100%"."it's %% odd" AS "apostrophe",
          "zoo odd's 100%"."the parent's" AS "parent_id"
   FROM "zoo odd's 100%"
   WHERE (EXISTS
            (SELECT 1 AS "a"
             FROM "zoo odd's 100%" U0
             WHERE (U0."the parent's" = ("zoo odd's 100%"."id")
                    AND U0."100% of %s" = ($1))
             LIMIT 1)
          AND EXISTS
            (SELECT 1 AS "a"
             FROM "zoo odd's 100%" U0
             WHERE (U0."id" = ("zoo odd's 100%"."the parent's")
                    AND U0."100% of %s" = ($2))
             LIMIT 1))
   ORDER BY 1 ASC
   LIMIT 51)
SELECT row_to_json(_0j),
       _0."id"
FROM _0
LEFT JOIN
  (SELECT _1."nuages_key",
          _1j AS item
   FROM
     (SELECT "zoo odd's 100%"."sel ect" AS "select",
             "zoo odd's 100%"."id" AS "nuages_key"
      FROM "zoo odd's 100%"
      WHERE "zoo odd's 100%"."id" = ANY(ARRAY
                                          (SELECT _0."parent_id"
                                           FROM _0))) _1
   CROSS JOIN LATERAL
     (SELECT _1."select" AS "select") _1j) _1g ON _1g."nuages_key" = _0."parent_id"
LEFT JOIN
  (SELECT _2."nuages_key",
          json_agg(_2j) AS list
   FROM
     (SELECT "zoo odd's 100%"."100% of %s" AS "percent",
             "zoo odd's 100%"."id" AS "id",
             "zoo odd's 100%"."the parent's" AS "nuages_key"
      FROM "zoo odd's 100%"
      WHERE "zoo odd's 100%"."the parent's" = ANY(ARRAY
                                                    (SELECT _0."id"
                                                     FROM _0))
      ORDER BY 3 ASC,
               2 ASC) _2
   CROSS JOIN LATERAL
     (SELECT _2."percent" AS "percent") _2j
   GROUP BY 1) _2g ON _2g."nuages_key" = _0."id"
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",
          _0."select" AS "select",
          _0."percent" AS "percent",
          _0."apostrophe" AS "apostrophe",
          _1g.item AS "parent",
          coalesce(_2g.list, '[]') AS "kids") _0j
ORDER BY _0."id"
