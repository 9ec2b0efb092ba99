"""Turn a query string into checked values, for the peers that have no framework to do it."""

from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import parse_qsl

import msgspec

MOST_ROWS = 10_000  # the largest page of the comparison


class ReviewIn(msgspec.Struct):
    """What a client sends to write a review."""

    book: int
    user_name: Annotated[str, msgspec.Meta(max_length=80)]
    stars: Annotated[int, msgspec.Meta(ge=1, le=5)]
    body: str


review_decoder = msgspec.json.Decoder(ReviewIn)


def page_args(query: str) -> tuple[int, int]:
    """Read `page` and `page_size`; gives LIMIT and OFFSET."""
    asked = dict(parse_qsl(query))
    size = min(int(asked.get("page_size", 50)), MOST_ROWS)
    return size, (int(asked.get("page", 1)) - 1) * size


def search_args(query: str) -> dict[str, Any]:
    """Read the filters and the order of the search."""
    asked = dict(parse_qsl(query))
    prices = {name: Decimal(asked[name]) if name in asked else None for name in ("min_price", "max_price")}
    return {
        "country": asked.get("country"),
        **prices,
        "tag": asked.get("tag"),
        "ordering": asked.get("ordering", "-published"),
    }
