"""A path leads to one place: fixed segments before parameters, strictly."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nuages.http.routing import Router

PATTERNS = [
    "/",
    "/books",
    "/books/{id}",
    "/books/{id}/publish",
    "/books/latest",
    "/tags",
    "/tags/{id}/books/{book}",
    "/{any}/x",
]

# a path, the pattern it leads to and the values of its parameters; None where it leads nowhere
LEADS: dict[str, tuple[str, tuple[str, ...]] | None] = {
    "/": ("/", ()),
    "/books": ("/books", ()),
    "/books/7": ("/books/{id}", ("7",)),
    "/books/latest": ("/books/latest", ()),
    "/books/latest2": ("/books/{id}", ("latest2",)),
    "/books/{id}": ("/books/{id}", ("{id}",)),
    "/books/ ": ("/books/{id}", (" ",)),
    "/books/a%2Fb": ("/books/{id}", ("a%2Fb",)),
    "/books/7/publish": ("/books/{id}/publish", ("7",)),
    "/tags/1/books/2": ("/tags/{id}/books/{book}", ("1", "2")),
    "/other/x": ("/{any}/x", ("other",)),
    **dict.fromkeys(
        ["", "books", "//", "/books/", "/books//", "//books", "/Books/x/y", "/books/7/", "/books//publish"]
    ),
    **dict.fromkeys(
        ["/books/7/publish/", "/books/7/unpublish", "/books/latest/publish", "/tags/1", "/tags/1/books", "/other"]
    ),
    **dict.fromkeys(["/other/y", "/books/7/8", " /books", "/books ", "/../books", "books/7", "http://host/books"]),
}


@pytest.fixture(scope="module")
def router() -> Router[str]:
    """Every pattern, with itself as the target of two methods."""
    table: Router[str] = Router()
    for pattern in PATTERNS:
        table.add("GET", pattern, pattern)
        table.add("POST", pattern, f"post {pattern}")
    return table


@pytest.mark.parametrize("path", LEADS)
def test_a_path_leads_to_its_pattern(path: str, router: Router[str]) -> None:
    """With the values of its parameters in order; no slash is forgiven and no empty segment is a value."""
    match, expected = router.match(path), LEADS[path]
    if expected is None:
        assert match is None
    else:
        assert match is not None
        assert match.targets == {"GET": expected[0], "POST": f"post {expected[0]}"}
        assert match.arguments == expected[1]


def test_the_order_of_entering_does_not_matter() -> None:
    """Fixed before parameter is a rule of matching, not of writing."""
    for patterns in (PATTERNS, PATTERNS[::-1]):
        table: Router[str] = Router()
        for pattern in patterns:
            table.add("GET", pattern, pattern)
        found = {path: match and match.targets["GET"] for path in LEADS if (match := table.match(path)) or True}
        assert found == {path: expected and expected[0] for path, expected in LEADS.items()}


def test_a_path_without_a_target_leads_nowhere() -> None:
    """What only lies on the way to others is no place."""
    table: Router[str] = Router()
    table.add("GET", "/a/b/{c}", "x")
    assert [table.match(path) for path in ("/", "/a", "/a/b", "/a/b/")] == [None] * 4
    assert table.match("/a/b/c") is not None


@settings(deadline=None)
@given(path=st.text(st.sampled_from("/books7latgx{}. %")) | st.text())
def test_any_path_leads_somewhere_or_nowhere(path: str) -> None:
    """Never to an error; and what a parameter takes is a whole segment, never empty."""
    table: Router[str] = Router()
    for pattern in PATTERNS:
        table.add("GET", pattern, pattern)
    match = table.match(path)
    assert match is None or all(argument and "/" not in argument for argument in match.arguments)
