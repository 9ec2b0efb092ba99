"""What a function was asked with is JSON in between, and comes back as it was, of the types of the signature."""

import datetime as dt
import enum
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, TypedDict

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, SecretStr, computed_field

from nuages.errors import Unprocessable
from nuages.job_answers.keeping import Kept

MIDNIGHT = dt.datetime(2026, 11, 23, tzinfo=dt.timezone(dt.timedelta(hours=-5)))


class Colour(enum.Enum):
    RED = "red"


class Size(enum.IntEnum):
    SMALL = 1


class Tagged(msgspec.Struct, tag=True):
    at: dt.datetime
    more: dict[int, frozenset[str]] = {}


class Other(msgspec.Struct, tag=True):
    word: str | msgspec.UnsetType = msgspec.UNSET


@dataclass
class Point:
    x: float
    y: Decimal | None = None


class Named(TypedDict, total=False):
    name: str


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)
    day: dt.date = Field(validation_alias="theDay", serialization_alias="otherDay")
    ids: set[uuid.UUID] = set()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def year(self) -> int:
        """What is no input."""
        return self.day.year


class Nested(BaseModel):
    inner: list[Strict]


class Hidden(BaseModel):
    seen: int
    unseen: int = Field(exclude=True)


class Around(BaseModel):
    parts: dict[str, Hidden | None]


def kept(annotation: Any, value: Any) -> Any:
    """The value again."""
    turns = Kept({"value": annotation})
    assert turns.complaints == []
    return turns.read(json.loads(json.dumps(turns.write({"value": value}), allow_nan=False)))["value"]


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        pytest.param(dt.datetime, MIDNIGHT, id="datetime"),
        pytest.param(dt.datetime, dt.datetime(2026, 1, 1), id="naive"),
        pytest.param(dt.timedelta | None, dt.timedelta(days=-1, microseconds=5), id="duration"),
        pytest.param(dt.time, dt.time(23, 59, 59, 5), id="time"),
        pytest.param(Decimal, Decimal("1.10"), id="decimal"),
        pytest.param(int | None, None, id="none"),
        pytest.param(int, 2**70, id="long"),
        pytest.param(Colour | Size, Size.SMALL, id="enums"),
        pytest.param(Literal["a", 3], 3, id="literal"),
        pytest.param(set[uuid.UUID], {uuid.UUID(int=1), uuid.UUID(int=2)}, id="set"),
        pytest.param(tuple[dt.date, ...], (MIDNIGHT.date(),), id="tuple"),
        pytest.param(Sequence[int], [1, 2], id="sequence"),
        pytest.param(bytes, b"\xff\x00", id="bytes"),
        pytest.param(Tagged | Other, Tagged(MIDNIGHT, {7: frozenset({"a"})}), id="tagged"),
        pytest.param(Tagged | Other, Other(), id="unset"),
        pytest.param(Point, Point(1.0, Decimal("2.50")), id="dataclass"),
        pytest.param(list[Named], [{"name": "ann"}, {}], id="typed-dict"),
        pytest.param(Annotated[int, msgspec.Meta(ge=1), "note"], 3, id="annotated"),
        pytest.param(Any, {"a": [1, 2.5, None, "ü\U0001f600"]}, id="any"),
        pytest.param(Strict, Strict(theDay=MIDNIGHT.date(), ids={uuid.UUID(int=3)}), id="strict-model"),
        pytest.param(Nested | None, Nested(inner=[Strict(theDay=MIDNIGHT.date())]), id="models"),
    ],
)
def test_what_comes_back_is_what_was_kept(annotation: Any, value: Any) -> None:
    """And of the same class."""
    found = kept(annotation, value)
    assert found == value
    assert type(found) is type(value)


@given(st.floats(allow_nan=False, allow_infinity=False) | st.text() | st.integers())
def test_numbers_and_texts(value: Any) -> None:
    """To the last digit."""
    found = kept(float | int | str, value)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        (dt.date | str, "str-like"),
        (complex, "complex cannot be written as JSON"),
        (Hidden, "unseen of Hidden"),
        (Around, "unseen of Around"),
        (list[Annotated[SecretStr, 1]], "SecretStr"),
    ],
)
def test_what_would_not_come_back(annotation: Any, said: str) -> None:
    """Is told when the API is built."""
    ((name, why),) = Kept({"value": annotation}).complaints
    assert name == "value"
    assert said in why


@pytest.mark.parametrize("stored", [{"value": "x"}, {"other": 1}])
def test_a_function_that_has_changed_since(stored: Any) -> None:
    """Takes it no more: the job fails, and is not tried again."""
    for annotation in (int, Nested):
        with pytest.raises(Unprocessable) as caught:
            Kept({"value": annotation}).read(stored)
        assert caught.value.code == "wrong-arguments"
