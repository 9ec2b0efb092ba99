"""What cannot be in `writable` is named at start-up."""

from typing import Any

import pytest

from tests.http.written import served
from tests.zoo.models import Box, Keeper, Specimen


@pytest.mark.parametrize(("model", "name"), [(Specimen, "notes"), (Box, "shelf")])
def test_a_relation_without_a_column_is_e026(model: Any, name: str) -> None:
    """Generic relations, and references by two columns."""
    own = served(model, ["id"], [name])
    assert [(one.id, name in one.message) for one in own.mistakes()] == [("nuages.E026", True)]


def test_a_name_that_is_writable_twice_is_a_mistake() -> None:
    """`chief_id` and `chief` are one; the client would have to know which."""
    assert [one.id for one in served(Keeper, ["id"], ["chief_id", "chief"]).mistakes()] != []
