"""`manage.py nuages openapi` writes the whole description, and fails where it is no longer what was written."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.http.acting import as_user

pytestmark = pytest.mark.urls("bookshop.urls")


def _run(*arguments: str) -> str:
    said = StringIO()
    call_command("nuages", "openapi", "--api", "Bookshop", *arguments, stdout=said)
    return said.getvalue()


def test_it_writes_the_whole(tmp_path: Path) -> None:
    """As it is mounted, hidden members with it."""
    path = tmp_path / "openapi.json"
    assert str(path) in _run("--output", str(path))
    document: dict[str, Any] = json.loads(path.read_text())
    OpenAPIV31SpecValidator(document).validate()
    assert document["servers"] == [{"url": "/api"}]
    assert "cost" in document["components"]["schemas"]["Books"]["properties"]
    assert json.loads(_run()) == document


def test_a_user_sees_less(database: Any) -> None:
    """What is hidden from them is not there."""
    as_user("ann")
    assert "cost" not in json.loads(_run("--as", "ann"))["components"]["schemas"]["Books"]["properties"]


def test_a_change_fails_the_check(tmp_path: Path) -> None:
    """Breaking ones are named first; what is the same passes."""
    path = tmp_path / "openapi.json"
    _run("--output", str(path))
    assert "is what is served" in _run("--check", str(path))
    document = json.loads(path.read_text())
    document["components"]["schemas"]["Books"]["properties"]["subtitle"] = {"type": "string"}
    del document["paths"]["/stats"]
    path.write_text(json.dumps(document))
    with pytest.raises(CommandError) as caught:
        _run("--check", str(path))
    first, *_, last = str(caught.value).splitlines()
    assert first.startswith("BREAKING ")
    assert "subtitle is gone." in str(caught.value)
    assert "GET /stats is new." in str(caught.value)
    assert last.endswith(f"manage.py nuages openapi --output {path}")


@pytest.mark.parametrize("text", ["", "[]", "{}", None])
def test_what_is_no_description_is_said(tmp_path: Path, text: str | None) -> None:
    """With the file's name."""
    path = tmp_path / "openapi.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(CommandError, match=r"openapi\.json is no description"):
        _run("--check", str(path))


def test_an_api_that_there_is_not_is_said() -> None:
    """With those that there are."""
    with pytest.raises(CommandError, match="'Bookshop'"):
        call_command("nuages", "openapi", "--api", "Bakery")
