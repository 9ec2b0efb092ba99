"""Count the statements of Conduit's reads, with few rows and with many, in a process that has its user model.

It prints a JSON object: by the name of each read, the two numbers.
"""

import json
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402  # after the line above
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from blog.models import Article, Comment, Tag, User  # noqa: E402

CLIENT = Client(SERVER_NAME="localhost")
MORE = 30
READS = {
    "articles": "/api/articles?limit=100",
    "feed": "/api/articles/feed",
    "comments": "/api/articles/first/comments",
    "article": "/api/articles/first",
    "profile": "/api/profiles/writer-0",
    "tags": "/api/tags",
}


def _write(index: int, reader: Any) -> None:
    author = User.objects.create(username=f"writer-{index}", email=f"writer-{index}@conduit.example")
    article = Article.objects.create(slug=f"slug-{index}", title="x", description="x", body="x", author=author)
    article.tags.set([Tag.objects.create(name=f"tag-{index}-{each}") for each in range(3)])
    article.favourited_by.add(reader)
    reader.followed.add(author)
    Comment.objects.create(article=Article.objects.get(slug="first"), author=author, body="x")


def _count(headers: dict[str, str]) -> dict[str, tuple[int, int]]:
    CLIENT.get("/api/user", headers=headers)  # whose token it is, is remembered from now on
    counted = {}
    for name, url in READS.items():
        with CaptureQueriesContext(connection) as asked:
            response = CLIENT.get(url, headers=headers)
        assert response.status_code == 200, (url, response.content)
        found = next(iter(response.json().values()))
        counted[name] = len(asked), len(found)
    return counted


def main() -> None:
    """Count, write more, and count again; everything is taken back in the end."""
    with transaction.atomic():
        reader = User(username="reader", email="reader@conduit.example")
        reader.set_password("a secret")
        reader.save()
        Article.objects.create(slug="first", title="x", description="x", body="x", author=reader)
        said = {"user": {"email": reader.email, "password": "a secret"}}
        entered = CLIENT.post("/api/users/login", said, content_type="application/json").json()
        headers = {"Authorization": f"Token {entered['user']['token']}"}
        _write(0, reader)
        few = _count(headers)
        for index in range(1, MORE):
            _write(index, reader)
        print(json.dumps({"few": few, "many": _count(headers)}))  # noqa: T201  # it is a program
        transaction.set_rollback(True)


if __name__ == "__main__":
    main()
