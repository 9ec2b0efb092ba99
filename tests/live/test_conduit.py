"""Conduit's API on a running server: every operation of its document, good cases and bad, each answer to the letter."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.conduit.client import Client
from tests.conduit.contract import read_contract
from tests.live.processes import LIMIT_S, ROOT, environment_of, held_port, started
from tests.support.postgres import temp_postgres

CONDUIT = ROOT / "examples/conduit"
NUL = "a\0b"
FAR = 1 << 62
HUGE = 10**30


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What Conduit's processes are told: a database of their own, with its tables."""
    directory = tmp_path_factory.mktemp("conduit")
    with ExitStack() as stack:
        url = f"sqlite:///{directory / 'db.sqlite3'}"
        if request.param == "postgres":
            cluster = stack.enter_context(temp_postgres())
            url = f"postgres://postgres@{quote(str(cluster.directory), safe='')}/postgres"
        told = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.conduit.settings"}
        told["PYTHONPATH"] = f"{ROOT}:{CONDUIT}"
        _run(directory, told, "manage.py", "migrate", "--verbosity", "0")
        yield {**told, "TEST_DIRECTORY": str(directory)}


def _run(directory: Path, told: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        env=environment_of(directory, **told),
        cwd=CONDUIT,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def nobody(environment: dict[str, str]) -> Iterator[Client]:
    """Somebody without a token, who asks a server."""
    directory = Path(environment["TEST_DIRECTORY"])
    command = [sys.executable, str(CONDUIT / "manage.py"), "serve", "--quiet"]
    with ExitStack() as stack:
        port = stack.enter_context(held_port())
        command += ["--port", str(port)]
        server = stack.enter_context(started(command, directory, port=port, cwd=CONDUIT, environment=environment))
        server.wait_until_up()
        http = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=LIMIT_S))
        yield Client(http, read_contract())


def test_every_operation_is_to_the_letter(nobody: Client) -> None:
    """All nineteen, with every status that the document names for each; what follows here is one test for that."""
    ann, ben = nobody.register("ann"), nobody.register("ben")
    _users(nobody)
    _follows(nobody, ann, ben)
    _articles(nobody, ann, ben)
    _lists(nobody, ann, ben)
    _comments(nobody, ann, ben)
    _favourites(nobody, ann, ben)
    _refusals(nobody, ann)
    operations = nobody.contract.operations
    assert len(operations) == 19
    assert nobody.contract.seen == {name: set(map(int, each.said["responses"])) for name, each in operations.items()}


def _users(nobody: Client) -> None:
    """Whom one registers, one may log in as, show and change."""
    new = {"username": "cat", "email": "Cat@conduit.example", "password": "a secret"}
    made = nobody.get("CreateUser", {"user": new}, status=201)["user"]
    assert {key: made[key] for key in made if key != "token"} == {
        "username": "cat", "email": "cat@conduit.example", "bio": "", "image": "",
    }  # fmt: skip
    said = nobody.refused("CreateUser", {"user": {**new, "username": "ann", "email": "ann@conduit.example"}})
    assert "username already exists" in said.lower()
    assert "email already exists" in said.lower()
    for wrong in ({"username": "a b"}, {"email": "nowhere"}, {"password": "short"}, {"username": ""}, {"email": NUL}):
        nobody.refused("CreateUser", {"user": {**new, "username": "dot", "email": "dot@conduit.example", **wrong}})
    said = nobody.refused("CreateUser", {"user": {"username": None, "email": 7}}, is_right=False)
    assert [name in said for name in ("username", "email", "password")] == [True] * 3

    entered = {"email": "CAT@conduit.example", "password": "a secret"}
    cat = nobody.using(nobody.get("Login", {"user": entered})["user"]["token"])
    for wrong in ({"password": "wrong"}, {"email": "nobody@conduit.example"}):
        assert "wrong" in nobody.refused("Login", {"user": {**entered, **wrong}}, status=401)
    nobody.refused("Login", {"user": {**entered, "email": NUL}})
    answer = nobody.call("GetCurrentUser")
    assert (answer.status, answer.headers["www-authenticate"]) == (401, 'Token realm="api"')

    shown = cat.get("GetCurrentUser")["user"]
    assert shown | {"token": ""} == made | {"token": ""}
    assert nobody.using(shown["token"]).get("GetCurrentUser")["user"]["username"] == "cat"
    changed = cat.get("UpdateCurrentUser", {"user": {"bio": "I write.", "image": "https://x.example/c.png"}})["user"]
    assert (changed["bio"], changed["image"], changed["email"]) == (
        "I write.",
        "https://x.example/c.png",
        made["email"],
    )
    assert cat.get("UpdateCurrentUser", {"user": {"bio": ""}})["user"]["bio"] == ""
    for wrong in ({}, {"username": "ann"}, {"email": "ann@conduit.example"}, {"email": "x"}, {"password": "short"}):
        cat.refused("UpdateCurrentUser", {"user": wrong})
    cat.refused("UpdateCurrentUser", {"user": {"bio": None}}, is_right=False)
    assert cat.get("GetCurrentUser")["user"]["username"] == "cat"

    renamed = {"username": "kit", "email": "kit@conduit.example", "password": "another secret"}
    token = cat.get("UpdateCurrentUser", {"user": renamed})["user"]["token"]
    assert nobody.using(token).get("GetCurrentUser")["user"]["username"] == "kit"
    cat.refused("GetCurrentUser", status=401)  # another password has ended every login of before
    nobody.refused("Login", {"user": entered}, status=401)
    nobody.get("Login", {"user": {"email": "kit@conduit.example", "password": "another secret"}})


def _follows(nobody: Client, ann: Client, ben: Client) -> None:
    """Whether somebody is followed depends on who asks."""

    def seen_by(who: Client) -> bool:
        return bool(who.get("GetProfileByUsername", username="ben")["profile"]["following"])

    assert not seen_by(ann)
    for _ in range(2):
        assert ann.get("FollowUserByUsername", username="ben")["profile"]["following"]
    assert [seen_by(who) for who in (nobody, ann, ben)] == [False, True, False]
    for _ in range(2):
        assert not ann.get("UnfollowUserByUsername", username="ben")["profile"]["following"]
    assert not seen_by(ann)
    for name in ("GetProfileByUsername", "FollowUserByUsername", "UnfollowUserByUsername"):
        ann.refused(name, username="nobody at all")
        ann.refused(name, username=NUL)


def _articles(nobody: Client, ann: Client, ben: Client) -> None:
    """One's own can be changed and taken back, nobody else's."""
    new = {"title": "How to train", "description": "Ever wonder?", "body": "You have to.", "tagList": ["b", "a", "b"]}
    made = ann.get("CreateArticle", {"article": new}, status=201)["article"]
    assert (made["slug"], made["tagList"], made["author"]["username"]) == ("how-to-train", ["a", "b"], "ann")
    assert (made["favorited"], made["favoritesCount"], made["body"]) == (False, 0, "You have to.")
    assert nobody.get("GetArticle", slug="how-to-train")["article"] == made
    again = ann.publish("How to train")
    assert again.startswith("how-to-train-")
    assert [ann.publish(title) for title in ("Feed", "日本 語")][1] == "日本-語"
    assert nobody.get("GetArticle", slug="日本-語")["article"]["title"] == "日本 語"
    assert nobody.get("GetArticles", query={"author": "ann"})["articlesCount"] == 4

    changed = ann.get(
        "UpdateArticle", {"article": {"title": "How not to", "body": "You need not."}}, slug="how-to-train"
    )
    article = changed["article"]
    assert (article["slug"], article["description"], article["tagList"]) == ("how-not-to", "Ever wonder?", ["a", "b"])
    assert article["updatedAt"] > article["createdAt"] == made["createdAt"]
    assert ann.get("UpdateArticle", {"article": {**article, "body": "x"}}, slug="how-not-to")["article"]["body"] == "x"
    nobody.refused("GetArticle", slug="how-to-train")

    ben.refused("UpdateArticle", {"article": {"body": "Mine."}}, slug="how-not-to")
    ben.refused("DeleteArticle", slug="how-not-to")
    assert nobody.get("GetArticle", slug="how-not-to")["article"]["body"] == "x"
    for name, body in (("UpdateArticle", {"article": {}}), ("DeleteArticle", None)):
        ann.refused(name, body, slug="nowhere")
        ann.refused(name, body, slug=NUL)
    said = ann.refused("CreateArticle", {"article": {"title": "", "description": 7, "tagList": [1]}}, is_right=False)
    assert [name in said for name in ("title", "description", "body", "tagList")] == [True] * 4
    ann.refused("CreateArticle", {"article": {**new, "title": NUL}})
    ann.refused("CreateArticle", {"article": {**new, "tagList": [NUL]}})
    for slug in ("how-not-to", again):
        ann.get("DeleteArticle", slug=slug, status=204)
        nobody.refused("GetArticle", slug=slug)


def _lists(nobody: Client, ann: Client, ben: Client) -> None:
    """The newest first; by tag, author and whose favour; a feed has those alone whom one follows."""
    dot = nobody.register("dot")
    slugs = [ben.publish("One", "odd", "small"), dot.publish("Two", "small"), ben.publish("Three", "odd")]

    def found(who: Client, name: str = "GetArticles", **query: Any) -> tuple[list[str], int]:
        document = who.get(name, query=query)
        return [article["slug"] for article in document["articles"]], document["articlesCount"]

    assert found(nobody, limit=3)[0] == slugs[::-1]
    assert found(nobody, author="ben") == ([slugs[2], slugs[0]], 2)
    assert found(nobody, tag="small") == ([slugs[1], slugs[0]], 2)
    assert found(nobody, tag="odd", author="dot") == found(nobody, favorited="ann") == ([], 0)
    ann.get("CreateArticleFavorite", slug="two")
    assert found(nobody, favorited="ann") == (["two"], 1)
    assert found(nobody, author="ben", limit=1, offset=1) == ([slugs[0]], 2)
    assert found(nobody, author="ben", offset=FAR) == ([], 2)
    assert found(nobody, author="ben", limit=FAR)[1] == 2
    assert found(nobody, tag="") == found(nobody)
    assert found(ann, "GetArticlesFeed") == ([], 0)
    ann.get("FollowUserByUsername", username="ben")
    assert found(ann, "GetArticlesFeed") == ([slugs[2], slugs[0]], 2)
    assert found(ann, "GetArticlesFeed", limit=1) == ([slugs[2]], 2)
    listed = ann.get("GetArticles", query={"limit": 3})["articles"]
    assert [article["author"]["following"] for article in listed] == [True, False, True]
    assert [article["favorited"] for article in listed] == [False, True, False]
    for wrong in ({"limit": 0}, {"limit": "x"}, {"offset": -1}, {"offset": HUGE}, {"tag": NUL}):
        nobody.refused("GetArticles", query=wrong)
    ann.refused("GetArticlesFeed", query={"limit": 0})
    assert {"odd", "small"} <= set(nobody.get("GetTags")["tags"])
    dot.get("DeleteArticle", slug="two", status=204)
    ben.get("DeleteArticle", slug="one", status=204)
    assert "small" not in nobody.get("GetTags")["tags"]


def _comments(nobody: Client, ann: Client, ben: Client) -> None:
    """Each by who wrote it, who alone may take it back."""
    ann.publish("Talk")
    first = ann.get("CreateArticleComment", {"comment": {"body": "First"}}, slug="talk")["comment"]
    second = ben.get("CreateArticleComment", {"comment": {"body": "Second"}}, slug="talk")["comment"]
    assert (first["author"]["username"], second["body"]) == ("ann", "Second")
    listed = ann.get("GetArticleComments", slug="talk")["comments"]
    assert [(each["id"], each["author"]["following"]) for each in listed] == [
        (second["id"], True),
        (first["id"], False),
    ]
    ann.refused("DeleteArticleComment", slug="talk", id=second["id"])
    ben.refused("DeleteArticleComment", slug="three", id=second["id"])  # which is of another article
    for wrong in (0, FAR, HUGE, "x"):
        ben.refused("DeleteArticleComment", slug="talk", id=wrong)
    ben.get("DeleteArticleComment", slug="talk", id=second["id"], status=204)
    ben.refused("DeleteArticleComment", slug="talk", id=second["id"])
    assert [each["id"] for each in nobody.get("GetArticleComments", slug="talk")["comments"]] == [first["id"]]
    nobody.refused("GetArticleComments", slug="nowhere")
    ann.refused("CreateArticleComment", {"comment": {"body": "x"}}, slug="nowhere")
    assert "body" in ann.refused("CreateArticleComment", {"comment": {"body": ""}}, slug="talk")
    assert "comment" in ann.refused("CreateArticleComment", {"body": "x"}, slug="talk", is_right=False)


def _favourites(nobody: Client, ann: Client, ben: Client) -> None:
    """Counted once for each who favours."""

    def seen(article: dict[str, Any]) -> tuple[bool, int]:
        return article["article"]["favorited"], article["article"]["favoritesCount"]

    assert [seen(ben.get("CreateArticleFavorite", slug="talk")) for _ in "ab"] == [(True, 1)] * 2
    assert seen(ann.get("CreateArticleFavorite", slug="talk")) == (True, 2)
    assert seen(nobody.get("GetArticle", slug="talk")) == (False, 2)
    assert [seen(ben.get("DeleteArticleFavorite", slug="talk")) for _ in "ab"] == [(False, 1)] * 2
    for name in ("CreateArticleFavorite", "DeleteArticleFavorite"):
        ann.refused(name, slug="nowhere")


def _refusals(nobody: Client, ann: Client) -> None:
    """Of every operation: without a token where it wants one, with a bad one, with what it does not take."""
    path = {"slug": "talk", "username": "ann", "id": 1}
    for name, operation in nobody.contract.operations.items():
        body = b"{}" if "requestBody" in operation.said else None
        if operation.is_for_users:
            nobody.refused(name, body, is_right=False, status=401, **path)
        if "401" in operation.said["responses"] and name != "Login":
            nobody.using(f"{ann.token[:-4]}AAAA").refused(name, body, is_right=False, status=401, **path)
        assert "nonsense" in ann.refused(name, body, is_right=False, query={"nonsense": 1}, **path)
        for wrong in (b"{", b"[]", b"{}", b'{"user": 1, "article": 1, "comment": 1}') if body else ():
            ann.refused(name, wrong, is_right=False, **path)


def test_what_is_no_operation_is_refused_in_the_same_format(nobody: Client) -> None:
    """A path that is not served, another method, another word before the token, a form instead of JSON."""
    ann = nobody.register("eve")
    for method, path, status in (("GET", "/api/nowhere", 404), ("PATCH", "/api/user", 405), ("PUT", "/api/tags", 405)):
        response = nobody.http.request(method, path, headers={"Authorization": f"Token {ann.token}"})
        assert (response.status_code, response.headers["content-type"]) == (status, "application/json")
        assert [type(line) for line in response.json()["errors"]["body"]] == [str]
    other = nobody.http.get("/api/user", headers={"Authorization": f"Bearer {ann.token}"})
    assert (other.status_code, other.headers["www-authenticate"]) == (401, 'Token realm="api"')
    form = nobody.http.post("/api/users/login", data={"email": "x"})
    assert (form.status_code, list(form.json())) == (422, ["errors"])


def test_a_password_cannot_be_guessed(nobody: Client) -> None:
    """After ten wrong ones of an account from an address even the right one has to wait."""
    nobody.register("fay")
    entered = {"email": "fay@conduit.example", "password": "secret of fay"}
    for _ in range(10):
        nobody.refused("Login", {"user": {**entered, "password": "a guess"}}, status=401)
    response = nobody.http.post("/api/users/login", json={"user": entered})
    assert (response.status_code, list(response.json())) == (429, ["errors"])
    assert int(response.headers["retry-after"]) > 0


def test_statements_do_not_grow_with_what_is_shown(environment: dict[str, str]) -> None:
    """As many for thirty articles, authors and comments as for one; four at most."""
    counted = json.loads(_run(Path(environment["TEST_DIRECTORY"]), environment, "-m", "tests.conduit.counting"))
    few, many = counted["few"], counted["many"]
    assert {name: number for name, (number, _) in few.items()} == {name: number for name, (number, _) in many.items()}
    assert {name: number for name, (number, _) in many.items()} == {
        "articles": 4, "feed": 4, "comments": 3, "article": 3, "profile": 1, "tags": 1,
    }  # fmt: skip
    assert all(many[name][1] >= few[name][1] + 19 for name in ("articles", "feed", "comments", "tags"))
