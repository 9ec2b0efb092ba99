"""Turn a function's annotations into what it takes from a request and what it answers. Calls nothing.

A parameter is told by its annotation: a row of the resource, the Principal, a body, a simple value of the query.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
from django.db.models import Model

from nuages.identify.principal import Principal
from nuages.parse.arguments import Argument, argument_of
from nuages.parse.types import is_document, unknown_types

_ANSWERS = "-> None, the resource's model, or a Struct, dataclass, TypedDict, dict or list."


@dataclass(frozen=True, slots=True)
class Around:
    """What there is for a function to take where it is declared.

    Shapes: `model` is the resource's, None where there is none; `context` is a type of which the worker gives a value
        that runs the function as a job, None where the request runs it.
    """

    model: type[Model] | None
    has_member: bool
    has_body: bool
    has_arguments: bool
    context: Any = None


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes and gives.

    Shapes: `member`, `principal`, `context` and `body` are names of its parameters, "" where it has none of the
        kind; it `gives` a "member" of the resource, "nothing", or a "document", one of several where its annotation is
        a union.
    """

    member: str
    principal: str
    body: str
    body_type: Any
    arguments: tuple[Argument, ...]
    gives: frozenset[str]
    context: str = ""


class SignatureReader:
    """Reads one function.

    Shapes: `complaints` are what is wrong, each a sentence and a hint.
    """

    def __init__(self, function: Callable[..., Any], around: Around) -> None:
        self._function = function
        self._around = around
        self._taken: dict[str, str] = {}
        self._arguments: list[Argument] = []
        self._body_type: Any = None
        self.complaints: list[tuple[str, str]] = []

    def read(self) -> Signature:
        """Read every annotation; what is wrong with one is added to the complaints."""
        gives: frozenset[str] = frozenset()
        try:
            hints = get_type_hints(self._function, include_extras=True)
        except Exception as error:  # noqa: BLE001  # whatever comes of evaluating what an author wrote
            self._complain(f"has annotations that cannot be read: {error}.", "Name what its module knows.")
        else:
            parameters = list(inspect.signature(self._function).parameters.values())
            for parameter in parameters:
                self._take(parameter, hints)
            self._demand_member([parameter.name for parameter in parameters])
            gives = self._gives(hints)
        member, principal, body, context = (
            self._taken.get(kind, "") for kind in ("member", "principal", "body", "context")
        )
        return Signature(member, principal, body, self._body_type, tuple(self._arguments), gives, context)

    def _complain(self, sentence: str, hint: str = "") -> None:
        self.complaints.append((sentence, hint))

    def _take(self, parameter: inspect.Parameter, hints: dict[str, Any]) -> None:
        name = parameter.name
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            self._complain(f"has the parameter {str(parameter)!r}, which cannot be given by its name.")
        elif name not in hints:
            self._complain(f"does not say what its parameter {name!r} is.", self._offer())
        elif hints[name] is Principal:
            self._once("principal", name)
        elif self._around.context is not None and hints[name] is self._around.context:
            self._once("context", name)
        elif _is_model(hints[name]):
            self._take_member(name, hints[name])
        else:
            self._take_value(parameter, hints[name])

    def _take_value(self, parameter: inspect.Parameter, annotation: Any) -> None:
        try:
            is_body = _is_body(annotation)
        except NameError as error:  # inside the type, where get_type_hints does not look
            self._complain(f"takes {parameter.name!r}, in which {error}.", "Name what its module knows.")
            return
        if is_body:
            self._take_body(parameter.name, annotation)
        else:
            self._take_argument(parameter, annotation)

    def _take_member(self, name: str, annotation: type[Model]) -> None:
        model = self._around.model
        if not self._around.has_member or model is None:
            self._complain(f"takes a row, {name!r}, and none is in its URL.", "Without detail=False it is a member's.")
        elif not issubclass(model, annotation):
            shown = annotation.__name__
            self._complain(f"takes {name!r}, which is of {shown}.", f"Write {name}: {model.__name__}.")
        else:
            self._once("member", name)

    def _demand_member(self, names: list[str]) -> None:
        model = self._around.model
        if not self._around.has_member or model is None or self.complaints:
            return
        if not names or self._taken.get("member") != names[0]:
            self._complain(
                "does not take its member first.",
                f"Write row: {model.__name__} first, or detail=False in the decorator.",
            )

    def _take_body(self, name: str, annotation: Any) -> None:
        if not self._around.has_body:
            self._complain(
                f"takes a body, {name!r}, which requests of this method do not have.", "POST, PUT and PATCH do."
            )
            return
        unknown = unknown_types(annotation)
        if unknown:
            self._complain(f"takes {name!r}, in which {', '.join(unknown)} cannot be read from JSON.")
            return
        self._once("body", name)
        self._body_type = annotation

    def _take_argument(self, parameter: inspect.Parameter, annotation: Any) -> None:
        argument = argument_of(parameter.name, annotation, is_required=parameter.default is parameter.empty)
        if argument is None:
            said = getattr(annotation, "__name__", str(annotation))
            self._complain(f"takes {parameter.name!r}, and no request can give a {said}.", self._offer())
        elif not self._around.has_arguments:
            hint = "Put it into a Struct for the body; the query's parameters are for GET."
            self._complain(f"takes {parameter.name!r}, which is in no body.", hint)
        else:
            self._arguments.append(argument)

    def _once(self, kind: str, name: str) -> None:
        first = self._taken.setdefault(kind, name)
        if first != name:
            self._complain(f"takes the {kind} twice: {first!r} and {name!r}.")

    def _offer(self) -> str:
        around = self._around
        given = [f"row: {around.model.__name__}"] if around.has_member and around.model else []
        given += ["data: a Struct, dataclass or TypedDict"] if around.has_body else []
        given += ["simple values such as int, str, date"] if around.has_arguments else []
        return f"There are: {', '.join([*given, 'principal: Principal'])}."

    def _gives(self, hints: dict[str, Any]) -> frozenset[str]:
        if "return" not in hints:
            self._complain("does not say what it answers.", _ANSWERS)
            return frozenset()
        return frozenset([self._given(each) for each in _alternatives(hints["return"])])

    def _given(self, annotation: Any) -> str:
        if annotation is NoneType:
            return "nothing"
        model = self._around.model
        if _is_model(annotation) and model is not None and issubclass(annotation, model):
            return "member"
        unknown = _unknown(annotation)
        if unknown:
            self._complain(f"answers with {unknown}, which has no JSON here.", _ANSWERS)
        return "document"


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Model)


def _is_body(annotation: Any) -> bool:
    """Whether msgspec reads a type from JSON, with names of its own.

    Raises: NameError for a type that speaks of what there is not.
    """
    try:
        msgspec.json.Decoder(annotation)
        return is_document(annotation)
    except TypeError:
        return False


def _unknown(annotation: Any) -> str:
    """What in a type msgspec cannot write; empty where it can write all of it."""
    try:
        return ", ".join(unknown_types(annotation))
    except (TypeError, NameError) as error:
        return f"{annotation} ({error})"
