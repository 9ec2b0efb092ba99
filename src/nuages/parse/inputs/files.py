"""Turn an annotation that speaks of uploads, and what its marker says of them, into the limits of a form's files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from nuages.declare.files import extensions_of, is_media_type
from nuages.declare.spec import FileLimits
from nuages.parse.inputs.markers import File
from nuages.parse.simple import parted
from nuages.parse.uploads import Upload


@dataclass(frozen=True, slots=True)
class FileArgument:
    """Files of one name, as `name` in a request and `key` in the function; a list of them where there may be many."""

    name: str
    key: str
    limits: FileLimits
    is_list: bool
    is_required: bool


def file_kind(annotation: Any) -> str:
    """What an annotation has of files: "one", a "list", or "" for none."""
    bare, _ = parted(annotation)
    if bare is Upload:
        return "one"
    is_list = get_origin(bare) in (list, Sequence) and parted(get_args(bare)[0])[0] is Upload
    return "list" if is_list else ""


def file_mistake(said: Any) -> str:
    """What is wrong with a marker; "" where nothing is."""
    if isinstance(said.types, str) or not all(map(is_media_type, said.types)):
        return f"types={said.types!r} are no list of media types"
    for unit, number in (("max_bytes", said.max_bytes), ("max_count", said.max_count)):
        if not isinstance(number, int) or number < 1:
            return f"{unit}={number!r} is no number above 0"
    return ""


def file_argument(key: str, said: File, *, is_list: bool, is_required: bool) -> FileArgument:
    """Make the files of a parameter."""
    extensions = {name: extensions_of(name) for name in said.types}
    limits = FileLimits(said.max_bytes, extensions, (), 0, keeps=False, max_count=said.max_count if is_list else 1)
    return FileArgument(said.alias or key, key, limits, is_list, is_required)
