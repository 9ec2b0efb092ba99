SELECT CAST(json_object('id', _0."id", 'book', _0."book_id", 'user_name', _0."user_name", 'stars', _0."stars", 'body', _0."body", 'created_at', CASE
                                                                                                                                                    WHEN length(_0."created_at") = 19 THEN replace(_0."created_at", ' ', 'T')
                                                                                                                                                    WHEN substr(_0."created_at", 20, 1) = '.'
                                                                                                                                                         AND substr(_0."created_at", 21) NOT GLOB '*[^0-9]*' THEN replace(rtrim(rtrim(_0."created_at", '0'), '.'), ' ', 'T')
                                                                                                                                                    ELSE rtrim(rtrim(strftime('%Y-%m-%dT%H:%M:%f', _0."created_at"), '0'), '.')
                                                                                                                                                END || '+00:00') AS BLOB), +_0."id"
FROM
  (SELECT "shop_review"."id" AS "id",
          "shop_review"."book_id" AS "book_id",
          "shop_review"."user_name" AS "user_name",
          "shop_review"."stars" AS "stars",
          "shop_review"."body" AS "body",
          "shop_review"."created_at" AS "created_at"
   FROM "shop_review"
   WHERE ("shop_review"."created_at" >= (?)
          AND "shop_review"."stars" < (?))
   ORDER BY 1 ASC
   LIMIT 51) _0
