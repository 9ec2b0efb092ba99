"""Ask as the browser of a user, and look at what every problem document has in common."""

import re
from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client

from tests.http.client import MEMBERS


def ask_as(method: str, url: str, *, user: str = "", **headers: str) -> Any:
    """Send a request; by Django's client, as the browser of a user where one is named."""
    client = Client(raise_request_exception=False)
    if user:
        client.force_login(get_user_model().objects.get(username=user))
    return client.generic(method, url, headers=headers)


def assert_problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """Status, type and members are right, nothing of the inside is shown; gives the document."""
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json"), (
        response.content
    )
    document: dict[str, Any] = response.json()
    assert (document["type"], document["status"]) == (f"urn:nuages:problem:{code}", status)
    assert document.keys() - {"errors"} == MEMBERS
    assert document["request_id"] == response.headers["X-Request-ID"]
    assert not re.search(r"traceback|\.py\b|select|secret|django|psycopg", response.content.decode(), re.IGNORECASE)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Length"] == str(len(response.content))
    return document
