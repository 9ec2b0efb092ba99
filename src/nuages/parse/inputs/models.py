"""Turn JSON, or texts by names, into a pydantic model, and what pydantic says is wrong into faults at their places.

pydantic is the author's: it is imported where a signature speaks of one of its models, and nowhere else.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from nuages.errors import Fault, Problem, Unprocessable
from nuages.parse.json_body import join_pointer, read_json
from nuages.parse.messages import MAX_SENTENCE_CHARS
from nuages.parse.structure import MAX_TOLD

MISSING, UNKNOWN = "required", "unknown-member"
_CODES = {
    "missing": MISSING,
    "extra_forbidden": UNKNOWN,
    "enum": "invalid-choice",
    "literal_error": "invalid-choice",
    "greater_than": "min-value",
    "greater_than_equal": "min-value",
    "less_than": "max-value",
    "less_than_equal": "max-value",
    "string_too_short": "min-length",
    "too_short": "min-length",
    "string_too_long": "max-length",
    "too_long": "max-length",
}


def is_model(annotation: Any) -> bool:
    """Whether a type is a model itself."""
    pydantic = sys.modules.get("pydantic")  # whoever names one of its models has imported it
    return pydantic is not None and isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel)


def models_in(annotation: Any) -> Iterator[Any]:
    """The models that an annotation speaks of, not those within them."""
    if is_model(annotation):
        yield annotation
    for each in get_args(annotation):
        yield from models_in(each)


def first_sentence(error: Exception) -> str:
    """What pydantic says is wrong with a type, without its advice to switch the check off."""
    return str(error).partition(". ")[0].partition("\n")[0].rstrip(".")


class ModelReader:
    """Reads JSON bodies of one type; built once, at start-up.

    Raises: TypeError for a type that pydantic has no schema for.
    """

    def __init__(self, wanted: Any) -> None:
        from pydantic import PydanticSchemaGenerationError, TypeAdapter  # noqa: PLC0415  # optional

        try:
            self._adapter = TypeAdapter(wanted)
        except PydanticSchemaGenerationError as error:
            raise TypeError(first_sentence(error)) from None
        # Members that a model does not have are refused as everywhere, unless its author has said what comes of them.
        self._more: dict[str, Any] = {} if any(map(_says_extra, models_in(wanted))) else {"extra": "forbid"}

    def read(self, raw: bytes) -> Any:
        """Read a body.

        Raises: BadRequest for what is no JSON; Unprocessable with every fault.
        """
        from pydantic import ValidationError  # noqa: PLC0415  # optional

        document = read_json(raw)
        try:
            return self._adapter.validate_json(raw, **self._more)
        except ValidationError as error:
            raise _refusal(document, error) from None

    def read_texts(self, texts: Mapping[str, Any]) -> Any:
        """Read texts, or lists of them, by their names.

        Raises: Unprocessable with every fault, whose pointers are the names.
        """
        from pydantic import ValidationError  # noqa: PLC0415  # optional

        try:
            return self._adapter.validate_python(texts)
        except ValidationError as error:
            raise _refusal(texts, error) from None


def _says_extra(model: Any, seen: frozenset[Any] = frozenset()) -> bool:
    if "extra" in model.model_config:
        return True
    seen |= {model}
    below = [each for part in model.model_fields.values() for each in models_in(part.annotation) if each not in seen]
    return any(_says_extra(each, seen) for each in below)


def _refusal(document: Any, error: Any) -> Problem:
    told = error.errors(include_url=False, include_context=False, include_input=False)
    faults = [_fault(document, each) for each in told[:MAX_TOLD]]
    detail = faults[0].detail if len(told) == 1 else f"{len(told)} places in the body are wrong."
    return Unprocessable(detail, faults=faults, code="invalid-document")


def _fault(document: Any, said: Mapping[str, Any]) -> Fault:
    pointer = _pointer(document, said["loc"], is_missing=said["type"] == "missing")
    code = _CODES.get(said["type"], "invalid-value")
    name = pointer.rpartition("/")[2] or "The body"
    if code == MISSING:
        return Fault(pointer, code, f"{name} is missing.")
    if code == UNKNOWN:
        return Fault(pointer, code, f"There is no member {name!r}.")
    sentence = str(said["msg"])[:MAX_SENTENCE_CHARS].rstrip(".")
    return Fault(pointer, code, f"{name}: {sentence[:1].lower()}{sentence[1:]}.")


def _pointer(document: Any, steps: tuple[Any, ...], *, is_missing: bool) -> str:
    """The place within the document; pydantic's own steps, such as the branch of a union, are left out."""
    pointer = ""
    for index, step in enumerate(steps):
        if _has(document, step):
            document = document[step]
        elif not (is_missing and index == len(steps) - 1):
            continue
        pointer = join_pointer(pointer, step)
    return pointer


def _has(document: Any, step: Any) -> bool:
    if isinstance(document, list):
        return isinstance(step, int) and 0 <= step < len(document)
    return isinstance(document, Mapping) and step in document
