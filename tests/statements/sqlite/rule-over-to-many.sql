SELECT CAST(json_object('id', _0."id") AS BLOB), +_0."id"
FROM
  (SELECT "shop_tag"."id" AS "id"
   FROM "shop_tag"
   WHERE "shop_tag"."id" IN
       (SELECT U0."id" AS "pk"
        FROM "shop_tag" U0
        INNER JOIN "shop_book_tags" U1 ON (U0."id" = U1."tag_id")
        INNER JOIN "shop_book" U2 ON (U1."book_id" = U2."id")
        INNER JOIN "shop_author" U3 ON (U2."author_id" = U3."id")
        WHERE U3."country" = (?))
   ORDER BY 1 ASC
   LIMIT 51) _0
