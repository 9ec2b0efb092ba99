SELECT row_to_json(_0j),
       _0."id"
FROM
  (SELECT "zoo_specimen"."id" AS "id",
          "zoo_specimen"."integer" AS "integer",
          "zoo_specimen"."big" AS "big",
          "zoo_specimen"."small" AS "small",
          "zoo_specimen"."char" AS "char",
          "zoo_specimen"."text" AS "text",
          "zoo_specimen"."slug" AS "slug",
          "zoo_specimen"."email" AS "email",
          "zoo_specimen"."url" AS "url",
          "zoo_specimen"."size" AS "size",
          "zoo_specimen"."boolean" AS "boolean",
          "zoo_specimen"."decimal" AS "decimal",
          "zoo_specimen"."float" AS "float",
          "zoo_specimen"."date" AS "date",
          "zoo_specimen"."datetime" AS "datetime",
          "zoo_specimen"."time" AS "time",
          "zoo_specimen"."duration" AS "duration",
          "zoo_specimen"."uuid" AS "uuid",
          "zoo_specimen"."binary" AS "binary",
          "zoo_specimen"."json" AS "json",
          "zoo_specimen"."address" AS "address",
          "zoo_specimen"."file" AS "file",
          "zoo_specimen"."image" AS "image",
          "zoo_specimen"."doubled" AS "doubled"
   FROM "zoo_specimen"
   ORDER BY 1 ASC
   LIMIT 51) _0
CROSS JOIN LATERAL
  (SELECT _0."id" AS "id",
          _0."integer" AS "integer",
          _0."big" AS "big",
          _0."small" AS "small",
          _0."char" AS "char",
          _0."text" AS "text",
          _0."slug" AS "slug",
          _0."email" AS "email",
          _0."url" AS "url",
          _0."size" AS "size",
          _0."boolean" AS "boolean",
          round(_0."decimal", 3)::text AS "decimal",
          (_0."float")::float8 AS "float",
          _0."date" AS "date",
          _0."datetime" AS "datetime",
          _0."time" AS "time",

     (SELECT CASE
                 WHEN us < 0 THEN '-'
                 ELSE ''
             END || 'P' || (abs(us) / 86400000000) || 'DT' || lpad((abs(us) / 3600000000 % 24)::text, 2, '0') || 'H' || lpad((abs(us) / 60000000 % 60)::text, 2, '0') || 'M' || lpad((abs(us) / 1000000 % 60)::text, 2, '0') || CASE
                                                                                                                                                                                                                                    WHEN us % 1000000 <> 0 THEN '.' || lpad((abs(us) % 1000000)::text, 6, '0')
                                                                                                                                                                                                                                    ELSE ''
                                                                                                                                                                                                                                END || 'S'
      FROM
        (SELECT (extract(epoch
                         FROM _0."duration") * 1000000)::bigint AS us) microseconds) AS "duration",
          _0."uuid" AS "uuid",
          replace(encode(_0."binary", 'base64'), E'\n', '') AS "binary",
          _0."json" AS "json",
          host(_0."address") AS "address",
          _0."file" AS "file",
          _0."image" AS "image",
          _0."doubled" AS "doubled",

     (SELECT coalesce(json_agg(_1j), '[]')
      FROM
        (SELECT "zoo_note"."id" AS "id",
                "zoo_note"."text" AS "text"
         FROM "zoo_note"
         INNER JOIN "django_content_type" ON ("zoo_note"."content_type_id" = "django_content_type"."id")
         WHERE ("django_content_type"."app_label" = 'zoo'
                AND "django_content_type"."model" = 'specimen'
                AND "zoo_note"."object_id" = (_0."id"))
         ORDER BY 1 ASC) _1
      CROSS JOIN LATERAL
        (SELECT _1."id" AS "id",
                _1."text" AS "text") _1j) AS "notes") _0j
