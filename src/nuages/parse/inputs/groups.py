"""Turn a Struct, a dataclass, a TypedDict, an attrs class or a pydantic model into a group of named texts, and back."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_type_hints

import msgspec

from nuages.errors import Fault, Problem
from nuages.parse.arguments import Argument, Place
from nuages.parse.inputs.markers import markers_of
from nuages.parse.inputs.models import MISSING, ModelReader, is_model, models_in
from nuages.parse.messages import fault_of
from nuages.parse.simple import Read, Simple, parted, simple_of
from nuages.parse.types import OBJECTS, bare

Spell = Callable[[str], str]


class Group:
    """Several texts in one parameter.

    Shapes: `key` is the parameter; `names` are as a request spells them; it `is_required` where it has no default.
    """

    def __init__(self, key: str, wanted: Any, members: Sequence[tuple[str, Argument]], *, is_required: bool) -> None:
        self.key = key
        self.members = [argument for _, argument in members]
        self.names = tuple([argument.name for argument in self.members])
        self._fields = [(argument.name, field) for field, argument in members]
        self._required = [argument.name for argument in self.members if argument.is_required]
        self.optional = [argument for argument in self.members if not argument.is_required]
        self.members = [replace(each, is_required=False) for each in self.members]
        self.is_required = is_required
        self._wanted = wanted
        self._models = ModelReader(wanted) if is_model(wanted) else None

    def is_needed(self, given: Container[str]) -> bool:
        """Whether it is made of a request: one with a default is left out where no member is there."""
        return self.is_required or any(name in given for name in self.names)

    def missing(self, given: Container[str], place: Place) -> list[Fault]:
        """The faults of members that are not there and must be."""
        return [place.miss(name) for name in self._required if name not in given]

    def fill(self, found: Mapping[str, Any], values: dict[str, Any], faults: list[Fault], place: Place) -> None:
        """Make the parameter's value of its members'."""
        texts = {field: found[name] for name, field in self._fields if name in found}
        try:
            values[self.key] = self._make(texts)
        except msgspec.ValidationError as error:  # what the type's own __post_init__ says
            told = fault_of(error)
            faults.append(Fault(place.point(""), told.code, told.detail.replace("The body", "This group", 1)))
        except Problem as problem:
            names = {field: name for name, field in self._fields}
            faults += [_placed(fault, names, place) for fault in problem.faults]

    def _make(self, texts: dict[str, Any]) -> Any:
        if self._models is not None:
            return self._models.read_texts(texts)
        return msgspec.convert(texts, self._wanted)


def group_of(key: str, annotation: Any, spell: Spell, *, is_required: bool, read_text: Read) -> Group | str:
    """Read a group; or say which of its members no text can be.

    Shapes: None is passed over in the annotation; `spell` makes the name in a request of a member's.
    Raises: TypeError for what is no group.
    """
    wanted, _ = parted(annotation)
    found = (_model_members if is_model(wanted) else _members)(wanted, spell, read_text)
    return found if isinstance(found, str) else Group(key, wanted, found, is_required=is_required)


def is_group(annotation: Any) -> bool:
    """Whether a type has named members."""
    wanted, _ = parted(annotation)
    try:
        return is_model(wanted) or isinstance(bare(msgspec.inspect.type_info(wanted)), OBJECTS)
    except (TypeError, NameError):
        return False


def _members(wanted: Any, spell: Spell, read_text: Read) -> list[tuple[str, Argument]] | str:
    hints = get_type_hints(wanted, include_extras=True)
    members = []
    for field in bare(msgspec.inspect.type_info(wanted)).fields:
        simple = simple_of(hints[field.name], read_text=read_text)
        if simple is None:
            return f"{field.name!r} of {wanted.__name__}"
        name = _alias(hints[field.name]) or spell(field.encode_name)
        members.append((field.encode_name, Argument(name, simple, field.required, hints[field.name])))
    return members


def _model_members(model: Any, spell: Spell, read_text: Read) -> list[tuple[str, Argument]] | str:
    """Of a model: texts, which pydantic reads itself, one or several."""
    members = []
    for name, field in model.model_fields.items():
        own = field.alias or name
        shape = simple_of(field.annotation)
        if any(models_in(field.annotation)):
            return f"{name!r} of {model.__name__}"
        several = shape is not None and shape.gather is not None
        simple = Simple(read_text, list if several else None)
        members.append((own, Argument(spell(own), simple, is_required=False, annotation=field.annotation)))
    return members


def _alias(hint: Any) -> str:
    return next((each.alias for each in markers_of(hint) if each.alias), "")


def _placed(fault: Fault, names: Mapping[str, str], place: Place) -> Fault:
    """A fault of a member, as this place spells it."""
    field = fault.pointer.lstrip("/").partition("/")[0]
    name = names.get(field, field)
    return place.miss(name) if fault.code == MISSING else Fault(place.point(name), fault.code, fault.detail)
