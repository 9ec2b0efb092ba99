SELECT CAST(json_object('id', _0."id") AS BLOB)
FROM
  (SELECT "shop_review"."id" AS "id"
   FROM "shop_review"
   INNER JOIN "shop_book" ON ("shop_review"."book_id" = "shop_book"."id")
   WHERE ("shop_review"."stars" >= (?)
          AND NOT (NOT "shop_book"."in_print")
          AND "shop_review"."id" = (?))) _0
