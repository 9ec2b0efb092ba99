"""The hand-written statement of each workload: PostgreSQL makes the whole document. Also what the verifier trusts."""

from decimal import Decimal

_BOOK = "b.id, b.title, b.isbn, b.price, b.published, b.in_print, b.created_at"
_AUTHOR = "(SELECT row_to_json(q) FROM (SELECT a.id, a.name) q) AS author"
_PUBLISHER = "(SELECT row_to_json(q) FROM (SELECT p.id, p.name) q) AS publisher"

ONE_BOOK = f"""
SELECT row_to_json(x) FROM (
  SELECT {_BOOK}, {_AUTHOR}, {_PUBLISHER},
    (SELECT COALESCE(json_agg(q), '[]') FROM (
      SELECT t.id, t.name FROM shop_book_tags bt JOIN shop_tag t ON t.id = bt.tag_id
      WHERE bt.book_id = b.id ORDER BY t.id) q) AS tags
  FROM shop_book b
  JOIN shop_author a ON a.id = b.author_id
  JOIN shop_publisher p ON p.id = b.publisher_id
  WHERE b.id = $1) x
"""

FLAT_PAGE = f"""
SELECT COALESCE(json_agg(x), '[]') FROM (
  SELECT {_BOOK}, b.author_id, b.publisher_id FROM shop_book b ORDER BY b.id LIMIT $1 OFFSET $2) x
"""

# The fastest of six forms that were tried (pgbench, prepared): page first, children by = ANY(array), grouped once.
FULL_PAGE = f"""
WITH b AS MATERIALIZED (SELECT * FROM shop_book ORDER BY id LIMIT $1 OFFSET $2),
tg AS MATERIALIZED (
  SELECT bt.book_id, json_agg(json_build_object('id', t.id, 'name', t.name) ORDER BY t.id) AS tags
  FROM shop_book_tags bt JOIN shop_tag t ON t.id = bt.tag_id
  WHERE bt.book_id = ANY(ARRAY(SELECT id FROM b)) GROUP BY 1),
rv AS MATERIALIZED (
  SELECT r.book_id,
    json_agg((SELECT x FROM (SELECT r.id, r.user_name, r.stars, r.body, r.created_at) x) ORDER BY r.id) AS rs,
    count(*) AS n, avg(r.stars)::float8 AS av
  FROM shop_review r WHERE r.book_id = ANY(ARRAY(SELECT id FROM b)) GROUP BY 1)
SELECT COALESCE(json_agg(x), '[]') FROM (
  SELECT {_BOOK},
    json_build_object('id', a.id, 'name', a.name) AS author,
    json_build_object('id', p.id, 'name', p.name) AS publisher,
    COALESCE(tg.tags, '[]') AS tags, COALESCE(rv.rs, '[]') AS reviews,
    COALESCE(rv.n, 0) AS review_count, rv.av AS avg_stars
  FROM b
  JOIN shop_author a ON a.id = b.author_id
  JOIN shop_publisher p ON p.id = b.publisher_id
  LEFT JOIN tg ON tg.book_id = b.id
  LEFT JOIN rv ON rv.book_id = b.id
  ORDER BY b.id) x
"""

NEW_REVIEW = """
INSERT INTO shop_review (book_id, user_name, stars, body, created_at) VALUES ($1, $2, $3, $4, now())
RETURNING json_build_object('id', id, 'book', book_id, 'user_name', user_name, 'stars', stars, 'body', body,
  'created_at', created_at)
"""

ORDERINGS = {
    "published": "b.published",
    "-published": "b.published DESC",
    "price": "b.price, b.id",
    "-price": "b.price DESC, b.id DESC",
    "title": "b.title, b.id",
    "-title": "b.title DESC, b.id DESC",
}
# The tag's books come from a materialised set: the statement is prepared, and the generic plan that PostgreSQL then
# takes misjudges the two prices (0.5% of the books) and would drive the joins from shop_author, three times slower.
_TAGGED = """
WITH bt AS MATERIALIZED (
  SELECT bt.book_id FROM shop_book_tags bt WHERE bt.tag_id = (SELECT t.id FROM shop_tag t WHERE t.name = ${slot}))
"""
_CONDITIONS = ("a.country = ${slot}", "b.price >= ${slot}::numeric", "b.price <= ${slot}::numeric")
_texts: dict[tuple[object, ...], str] = {}


def search(
    *,
    country: str | None = None,
    min_price: Decimal | None = None,
    max_price: Decimal | None = None,
    tag: str | None = None,
    ordering: str = "-published",
) -> tuple[str, list[object]]:
    """Give the statement of the search and its arguments; the text depends only on which filters are there."""
    values = (country, min_price, max_price, tag)
    shape = (*(one is not None for one in values), ordering)
    text = _texts.get(shape)
    if text is None:
        inner = search_rows(shape, columns=f"{_BOOK}, b.publisher_id, {_AUTHOR}")
        text = _texts[shape] = inner.format(before="SELECT COALESCE(json_agg(x), '[]') FROM (", after=") x")
    return text, [one for one in values if one is not None]


def search_rows(shape: tuple[object, ...], *, columns: str) -> str:
    """Write the search that selects `columns`; {before} and {after} stand where the rows may be wrapped."""
    *filters, has_tag, ordering = shape
    slots = iter(range(1, 5))
    conditions = [
        text.format(slot=next(slots)) for text, is_there in zip(_CONDITIONS, filters, strict=True) if is_there
    ]
    tagged = _TAGGED.format(slot=next(slots)) if has_tag else ""
    source = "bt JOIN shop_book b ON b.id = bt.book_id" if has_tag else "shop_book b"
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"""{tagged}{{before}}
SELECT {columns} FROM {source} JOIN shop_author a ON a.id = b.author_id {where}
ORDER BY {ORDERINGS[str(ordering)]} LIMIT 20{{after}}"""
