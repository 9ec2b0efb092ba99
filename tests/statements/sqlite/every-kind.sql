SELECT CAST(json_object('id', _0."id", 'integer', _0."integer", 'big', _0."big", 'small', _0."small", 'char', _0."char", 'text', _0."text", 'slug', _0."slug", 'email', _0."email", 'url', _0."url", 'size', _0."size", 'boolean', json(CASE _0."boolean"
                                                                                                                                                                                                                                            WHEN 1 THEN 'true'
                                                                                                                                                                                                                                            WHEN 0 THEN 'false'
                                                                                                                                                                                                                                        END), 'decimal', CASE
                                                                                                                                                                                                                                                             WHEN _0."decimal" IS NOT NULL THEN printf('%.3f', _0."decimal")
                                                                                                                                                                                                                                                         END, 'float', CASE
                                                                                                                                                                                                                                                                           WHEN abs(_0."float") < 1.79769313486231e308 THEN _0."float"
                                                                                                                                                                                                                                                                           WHEN abs(_0."float") <= 1.7976931348623157e308 THEN json(printf('%!.17g', _0."float"))
                                                                                                                                                                                                                                                                           WHEN _0."float" > 0 THEN 'Infinity'
                                                                                                                                                                                                                                                                           WHEN _0."float" < 0 THEN '-Infinity'
                                                                                                                                                                                                                                                                       END, 'date', _0."date", 'datetime', replace(CASE
                                                                                                                                                                                                                                                                                                                       WHEN instr(_0."datetime", '.') THEN rtrim(rtrim(_0."datetime", '0'), '.')
                                                                                                                                                                                                                                                                                                                       ELSE _0."datetime"
                                                                                                                                                                                                                                                                                                                   END, ' ', 'T') || '+00:00', 'time', CASE
                                                                                                                                                                                                                                                                                                                                                           WHEN instr(_0."time", '.') THEN rtrim(rtrim(_0."time", '0'), '.')
                                                                                                                                                                                                                                                                                                                                                           ELSE _0."time"
                                                                                                                                                                                                                                                                                                                                                       END, 'duration', CASE
                                                                                                                                                                                                                                                                                                                                                                            WHEN _0."duration" < 0 THEN '-'
                                                                                                                                                                                                                                                                                                                                                                            ELSE ''
                                                                                                                                                                                                                                                                                                                                                                        END || 'P' || (abs(_0."duration") / 86400000000) || 'DT' || printf('%02dH%02dM%02d', abs(_0."duration") / 3600000000 % 24, abs(_0."duration") / 60000000 % 60, abs(_0."duration") / 1000000 % 60) || CASE
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 WHEN _0."duration" % 1000000 THEN printf('.%06d', abs(_0."duration") % 1000000)
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 ELSE ''
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                             END || 'S', 'uuid', lower(substr(_0."uuid", 1, 8)||'-'||substr(_0."uuid", 9, 4)||'-'||substr(_0."uuid", 13, 4)||'-'||substr(_0."uuid", 17, 4)||'-'||substr(_0."uuid", 21)), 'binary', nuages_base64(_0."binary"), 'json', json(_0."json"), 'address', _0."address", 'file', _0."file", 'image', _0."image", 'doubled', _0."doubled", 'notes',
                          (SELECT json_group_array(json_object('id', _1."id", 'text', _1."text"))
                           FROM
                             (SELECT "zoo_note"."id" AS "id", "zoo_note"."text" AS "text"
                              FROM "zoo_note"
                              INNER JOIN "django_content_type" ON ("zoo_note"."content_type_id" = "django_content_type"."id")
                              WHERE ("django_content_type"."app_label" = ?
                                     AND "django_content_type"."model" = ?
                                     AND "zoo_note"."object_id" = (_0."id"))
                              ORDER BY 1 ASC
                              LIMIT -1) _1)) AS BLOB), +_0."id"
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
