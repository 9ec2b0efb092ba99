"""Turn a function's signature into what it takes from a request. Calls nothing; what is wrong is a complaint.

A parameter comes from where its marker says; without one from the path, where its name is there, from the body where
it is a document, else from the query.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any, get_type_hints

from nuages.errors import suggest
from nuages.http.request import Request
from nuages.identify.principal import Principal
from nuages.parse.arguments import COOKIE, FORM, HEADER, QUERY, Argument
from nuages.parse.inputs.defaults import default_mistake
from nuages.parse.inputs.files import FileArgument, file_argument, file_kind, file_mistake
from nuages.parse.inputs.forms import FormBody
from nuages.parse.inputs.groups import group_of, is_group
from nuages.parse.inputs.json_bodies import JsonBody, Member, reader_of
from nuages.parse.inputs.markers import Body, Cookie, File, Form, Header, Marker, Query, markers_of
from nuages.parse.inputs.paths import PathArgument, path_argument
from nuages.parse.inputs.places import Taken
from nuages.parse.inputs.signature import InputSignature
from nuages.parse.simple import parted, simple_of
from nuages.parse.values import READERS

_WITH_A_BODY = ("POST", "PUT", "PATCH")
_WITHOUT_A_BODY = ("GET", "HEAD")
_PLACES = {Query: QUERY, Header: HEADER, Cookie: COOKIE, Form: FORM}
_FILE_HINT = 'Write Annotated[Upload, File(max_bytes=5_000_000, types=["image/png"])], or list[Upload].'
_OFFER = "There are simple values such as int, str, date; a Struct, dataclass or model as the body; Principal, Request."


def signature_of(
    function: Callable[..., Any], *, method: str, path_names: Sequence[str], provided: Collection[Any] = ()
) -> InputSignature:
    """Read a function.

    Shapes: `path_names` are those of the path's pattern, in their order; `provided` the types that are made for it.
    """
    return _Reading(function, method, path_names, provided).read()


class _Reading:
    def __init__(
        self, function: Callable[..., Any], method: str, path_names: Sequence[str], provided: Collection[Any]
    ) -> None:
        self._function = function
        self._method = method
        self._path_names = path_names
        self._provided = (Principal, Request, *provided)
        self._complaints: list[tuple[str, str]] = []
        self._injected: dict[str, Any] = {}
        self._path: dict[str, PathArgument] = {}
        self._taken = {marker: Taken(place, {}, []) for marker, place in _PLACES.items()}
        self._members: list[Member] = []
        self._files: list[FileArgument] = []

    def read(self) -> InputSignature:
        try:
            hints = get_type_hints(self._function, include_extras=True)
        except Exception as error:  # noqa: BLE001  # whatever comes of evaluating what an author wrote
            self._complain(f"has annotations that cannot be read: {error}.", "Name what its module knows.")
            return InputSignature(tuple(self._complaints))
        parameters = list(inspect.signature(self._function).parameters.values())
        for parameter in parameters:
            self._take(parameter, hints)
        self._demand_path([parameter.name for parameter in parameters])
        self._demand_distinct()
        body = self._body()
        return InputSignature(
            complaints=tuple(self._complaints),
            injected=self._injected,
            returns=hints.get("return", inspect.Parameter.empty),
            path=tuple([self._path[name] for name in self._path_names if name in self._path]),
            query=self._taken[Query],
            headers=self._taken[Header],
            cookies=self._taken[Cookie],
            body=body,
        )

    def _complain(self, sentence: str, hint: str = "") -> None:
        self._complaints.append((sentence, hint))

    def _take(self, parameter: inspect.Parameter, hints: dict[str, Any]) -> None:
        name = parameter.name
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            self._complain(f"has the parameter {str(parameter)!r}, which cannot be given by its name.")
        elif name not in hints:
            self._complain(f"does not say what its parameter {name!r} is.", _OFFER)
        elif (bare := parted(hints[name])[0]) in self._provided:
            self._injected[name] = bare
        elif mistake := default_mistake(parameter, hints[name]):
            self._complain(*mistake)
        else:
            self._take_given(parameter, hints[name])

    def _take_given(self, parameter: inspect.Parameter, annotation: Any) -> None:
        markers = markers_of(annotation)
        if len(markers) > 1:
            names = " and ".join(type(each).__name__ for each in markers)
            self._complain(f"takes {parameter.name!r} from {names} at once.", "Write one of them.")
        elif parameter.name in self._path_names:
            self._take_path(parameter.name, annotation, markers)
        else:
            self._take_marked(parameter, annotation, markers[0] if markers else _unmarked(annotation))

    def _take_path(self, name: str, annotation: Any, markers: list[Marker]) -> None:
        argument = path_argument(name, annotation)
        if markers:
            hint = "Give it another name, or take it out of the path."
            self._complain(f"takes {name!r} from {type(markers[0]).__name__}, and its path has it.", hint)
        elif argument is None:
            hint = "Write a simple type such as int, str, UUID, date."
            self._complain(f"takes {name!r} from its path, and no path can give a {_shown(annotation)}.", hint)
        else:
            self._path[name] = argument

    def _take_marked(self, parameter: inspect.Parameter, annotation: Any, marker: Marker | None) -> None:
        if marker is None:
            self._complain(f"takes {parameter.name!r}, and no request can give a {_shown(annotation)}.", _OFFER)
        elif isinstance(marker, Body):
            self._take_body(parameter, annotation, marker)
        elif self._has_no_body(parameter, annotation, marker):
            return
        elif isinstance(marker, File) or file_kind(annotation):
            self._take_file(parameter, annotation, marker)
        else:
            self._take_text(parameter, annotation, marker)

    def _take_text(self, parameter: inspect.Parameter, annotation: Any, marker: Marker) -> None:
        """A simple value, or a group of them."""
        taken = self._taken[type(marker)]
        spell = _header_name if isinstance(marker, Header) else str
        is_required = parameter.default is parameter.empty
        read_text = str if isinstance(marker, Form) else READERS["text"]  # a form's are as long as a body may be
        simple = simple_of(annotation, read_text=read_text)
        if simple is not None:
            argument = Argument(spell(marker.alias or parameter.name), simple, is_required, annotation)
            self._taken[type(marker)] = replace(taken, arguments={**taken.arguments, parameter.name: argument})
            return
        group = (
            group_of(parameter.name, annotation, spell, is_required=is_required, read_text=read_text)
            if is_group(annotation)
            else _shown(annotation)
        )
        if isinstance(group, str):
            where = type(marker).__name__
            hint = "Each of its values must be a simple one, such as int, str, date, or a list of such."
            self._complain(f"takes {parameter.name!r} from {where}, and no text can be {group}.", hint)
        else:
            self._taken[type(marker)] = replace(taken, groups=[*taken.groups, group])

    def _take_body(self, parameter: inspect.Parameter, annotation: Any, marker: Body) -> None:
        name = parameter.name
        if self._has_no_body(parameter, annotation, marker):
            return
        try:
            reader_of(annotation)
        except (TypeError, NameError) as error:
            self._complain(f"takes {name!r} as its body, which cannot be read: {error}.", "Name what can come as JSON.")
            return
        is_required = parameter.default is parameter.empty
        self._members.append(Member(marker.alias or name, name, annotation, is_required, marker.embed))

    def _take_file(self, parameter: inspect.Parameter, annotation: Any, marker: Marker) -> None:
        said = marker if isinstance(marker, File) else File(marker.alias)
        kind = file_kind(annotation)
        if not kind or not isinstance(marker, File | Form):
            where = type(marker).__name__
            self._complain(f"takes {parameter.name!r} from {where}, as {_shown(annotation)}.", _FILE_HINT)
        elif mistake := file_mistake(said):
            self._complain(f"takes the file {parameter.name!r}, whose {mistake}.", _FILE_HINT)
        else:
            is_required = parameter.default is parameter.empty
            self._files.append(file_argument(parameter.name, said, is_list=kind == "list", is_required=is_required))

    def _has_no_body(self, parameter: inspect.Parameter, annotation: Any, marker: Marker) -> bool:
        """Whether a parameter is a body's, and there is none; DELETE may have one that is marked as such."""
        if not isinstance(marker, Body | Form | File) or self._method in _WITH_A_BODY:
            return False
        if self._method not in _WITHOUT_A_BODY and markers_of(annotation):
            return False
        group = f"Annotated[{_shown(annotation)}, Query()]"
        hint = f"POST, PUT and PATCH do. A group of the query's parameters is {group}."
        self._complain(f"takes a body, {parameter.name!r}, which requests of this method do not have.", hint)
        return True

    def _body(self) -> JsonBody | FormBody | None:
        form, members = self._taken[Form], self._members
        has_form = bool(form.names or self._files)
        if members and has_form:
            hint = "Make each a field of the form, or each a member of the JSON body."
            self._complain(f"takes a form, and {members[0].key!r} of a JSON body, at once.", hint)
        if self._complaints or not (members or has_form):
            return None
        try:
            return JsonBody(members) if members else FormBody(form, self._files)
        except TypeError as error:
            hint = "Make all of them of one kind: pydantic's models, or what msgspec reads."
            self._complain(f"takes several bodies that cannot be read together: {error}.", hint)
            return None

    def _demand_path(self, names: list[str]) -> None:
        for name in self._path_names:
            if name not in names:
                near = suggest(name, [each for each in names if each not in self._path_names])
                hint = near if near.startswith("Did") else f"Write {name}: int, or another simple type."
                self._complain(f"does not take {name!r}, which is in its path.", hint)

    def _demand_distinct(self) -> None:
        for marker, taken in self._taken.items():
            names = [*taken.names, *(each.name for each in self._files if marker is Form)]
            twice = sorted({name for name in names if names.count(name) > 1})
            for name in twice:
                self._complain(f"takes {name!r} from {marker.__name__} twice.", 'Give one of them an alias="...".')


def _unmarked(annotation: Any) -> Marker | None:
    """Where a parameter comes from that says nothing of it."""
    if file_kind(annotation):
        return File()
    if simple_of(annotation) is not None:
        return Query()
    try:
        reader_of(annotation)
    except (TypeError, NameError):
        return Body() if is_group(annotation) else None
    return None if parted(annotation)[0] in (Any, bytes, bytearray) else Body()


def _header_name(name: str) -> str:
    return name.replace("_", "-").lower()


def _shown(annotation: Any) -> str:
    bare = parted(annotation)[0]
    return getattr(bare, "__name__", str(bare)) if isinstance(bare, type) else str(bare)
