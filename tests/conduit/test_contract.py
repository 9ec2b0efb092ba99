"""What the tests on a running server rely on: answers that are not to the letter are found out."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.conduit.contract import JSON, Broken, Contract, read_contract

BLOG = Path(__file__).parents[2] / "examples/conduit/blog"
NO_CODE_OF_THE_API = {"__init__.py", "apps.py", "models.py"}
MOST_LINES = 350
PROFILE: dict[str, Any] = {"username": "ann", "bio": "", "image": "", "following": False}
ARTICLE: dict[str, Any] = {
    **dict.fromkeys(("slug", "title", "description", "body"), "x"),
    **dict.fromkeys(("createdAt", "updatedAt"), "2026-01-01T00:00:00.5Z"),
    "tagList": ["a"],
    "favorited": True,
    "favoritesCount": 1,
    "author": PROFILE,
}


@pytest.fixture(scope="module")
def contract() -> Contract:
    """The document."""
    return read_contract()


def _check(contract: Contract, name: str, status: int, document: Any, media_type: str = JSON) -> None:
    contract.check_response(name, status, media_type, b"" if document is None else msgspec.json.encode(document))


@pytest.mark.parametrize(
    ("name", "status", "document"),
    [
        ("GetArticle", 200, {"article": ARTICLE}),
        ("GetTags", 200, {"tags": ["a"]}),
        ("GetTags", 422, {"errors": {"body": ["No."]}}),
        ("DeleteArticle", 204, None),
        ("DeleteArticle", 401, None),
        ("DeleteArticle", 401, {"errors": {"body": ["No."]}}),
    ],
)
def test_what_is_to_the_letter_passes(contract: Contract, name: str, status: int, document: Any) -> None:
    """And is noted as seen."""
    _check(contract, name, status, document)
    assert status in contract.seen[name]


@pytest.mark.parametrize(
    ("name", "status", "document"),
    [
        ("GetArticle", 200, {"article": {**ARTICLE, "id": 1}}),
        ("GetArticle", 200, {"article": ARTICLE, "more": 1}),
        ("GetArticle", 200, ARTICLE),
        ("GetArticle", 200, {"article": {**ARTICLE, "createdAt": "yesterday"}}),
        ("GetArticle", 200, {"article": {**ARTICLE, "createdAt": "2026-01-01T00:00:00"}}),
        ("GetArticle", 200, {"article": {**ARTICLE, "favoritesCount": "1"}}),
        ("GetArticle", 200, {"article": {**ARTICLE, "author": {**PROFILE, "bio": None}}}),
        ("GetArticle", 200, {"article": {**ARTICLE, "author": {**PROFILE, "email": "a@b.c"}}}),
        ("GetArticle", 200, {"article": {key: value for key, value in ARTICLE.items() if key != "body"}}),
        ("GetArticles", 200, {"articles": [ARTICLE], "articlesCount": 1}),
        ("GetArticle", 404, {"errors": {"body": ["No."]}}),
        ("GetTags", 422, {"errors": {"tags": ["No."]}}),
        ("GetTags", 422, {"detail": "No."}),
        ("DeleteArticle", 204, {"article": ARTICLE}),
        ("DeleteArticle", 401, {"detail": "No."}),
    ],
)
def test_what_is_not_is_found_out(contract: Contract, name: str, status: int, document: Any) -> None:
    """A member too many or too few, null, a time without a zone, a status or a body that is not named."""
    with pytest.raises(Broken):
        _check(contract, name, status, document)


def test_another_media_type_is_found_out(contract: Contract) -> None:
    """A problem document is none of Conduit's."""
    with pytest.raises(Broken):
        _check(contract, "GetTags", 422, {"errors": {"body": ["No."]}}, "application/problem+json")


def test_requests_are_held_against_it_too(contract: Contract) -> None:
    """So that no test asks for what no client may."""
    contract.check_request("Login", {"user": {"email": "a", "password": "b"}})
    for wrong in ({"email": "a", "password": "b"}, {"user": {"email": "a"}}, {"user": {"email": 1, "password": "b"}}):
        with pytest.raises(Broken):
            contract.check_request("Login", wrong)


def test_the_example_is_as_short_as_is_promised() -> None:
    """All of it but models, settings and what names the app."""
    files = [path for path in BLOG.glob("*.py") if path.name not in NO_CODE_OF_THE_API]
    lines = {path.name: len(path.read_text().splitlines()) for path in files}
    assert "api.py" in lines
    assert sum(lines.values()) <= MOST_LINES, lines
    assert {path.name for path in BLOG.iterdir() if path.is_dir()} <= {"migrations", "__pycache__"}
