"""PostgreSQL's row-level security beneath an API: what the database hides from its role is hidden wherever one asks."""

from typing import Any

import pytest
from django.db.models import Count

from nuages import anyone, nested, value
from shop.models import Book, Review
from tests.http.asking import ask, refusal, serve

_SECURED = """
SET CONSTRAINTS ALL IMMEDIATE;
CREATE ROLE nuages_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO nuages_reader;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO nuages_reader;
ALTER TABLE shop_review ENABLE ROW LEVEL SECURITY;
CREATE POLICY liked ON shop_review TO nuages_reader USING (stars >= 4) WITH CHECK (stars >= 4);
SET LOCAL ROLE nuages_reader;
"""


@pytest.fixture
def secured(shop: Any) -> Any:
    """The shop, as a role sees it to which the database shows reviews of four stars and more; undone with the test."""
    if shop.vendor != "postgresql":
        pytest.skip("SQLite has no row-level security.")
    with shop.cursor() as cursor:
        cursor.execute(_SECURED)
    yield shop
    with shop.cursor() as cursor:
        cursor.execute("RESET ROLE")


def test_what_the_database_hides_is_hidden_everywhere(secured: Any) -> None:  # Z24
    """List, member, count, aggregate, nested rows, computed values, filters through relations, changes."""
    api = serve(
        reviews=(
            Review,
            {
                "fields": ["id", "book", "stars"],
                "writable": ["book", "stars", "user_name", "body"],
                "filters": ["stars"],
                "groups": ["book"],
                "rules": {"read": anyone, "write": anyone},
            },
        ),
        books=(
            Book,
            {
                "fields": ["id", nested("reviews", "id", "stars"), value("review_count", Count("reviews"))],
                "filters": ["reviews__stars"],
            },
        ),
    )
    with secured.cursor() as cursor:
        cursor.execute("RESET ROLE")
        every = {row.pk: row for row in Review.objects.all()}
        cursor.execute("SET LOCAL ROLE nuages_reader")
    liked = {key for key, row in every.items() if row.stars >= 4}
    hidden = next(key for key in every if key not in liked)
    page = ask(api, "/reviews?limit=200&count=exact")
    assert {item["id"] for item in page["items"]} == liked
    assert page["count"] == len(liked) < len(every)
    assert ask(api, "/reviews?stars__lt=4")["items"] == []
    assert sum(group["count"] for group in ask(api, "/reviews?group=book&aggregate=count()&limit=200")["items"]) == len(
        liked
    )
    books = ask(api, "/books?limit=200")["items"]
    assert {review["id"] for book in books for review in book["reviews"]} == liked
    assert sum(book["review_count"] for book in books) == len(liked)
    assert ask(api, "/books?reviews__stars__lt=4")["items"] == []
    assert refusal(api, f"/reviews/{hidden}")[0] == 404
    assert refusal(api, f"/reviews/{hidden}", "DELETE")[0] == 404
    body = b'{"book": 1, "stars": 1, "user_name": "x", "body": "y"}'
    typed = {"content_type": "application/json", "content_length": str(len(body))}
    assert refusal(api, "/reviews", "POST", body=body, **typed)[0] == 403
