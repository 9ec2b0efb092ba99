SELECT CAST(json_object('id', _0."id") AS BLOB), +_0."id"
FROM
  (SELECT "zoo_specimen"."id" AS "id"
   FROM "zoo_specimen"
   WHERE (django_datetime_extract(?, "zoo_specimen"."datetime", ?, ?) = (?)
          AND django_datetime_extract(?, "zoo_specimen"."datetime", ?, ?) = (?))
   ORDER BY 1 ASC
   LIMIT 51) _0
