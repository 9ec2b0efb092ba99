"""Compare two descriptions of an API: what has changed, and what of that breaks clients that were made from the first.

What a client sends must go on being taken, and what it reads must go on being there; more of either breaks nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]
_SUCCESS = "2"
_ANY = ("array", "boolean", "integer", "null", "number", "object", "string")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `place` is an operation and what of it, such as `GET /books: answer 200/items/title`."""

    place: str
    said: str
    is_breaking: bool

    def __str__(self) -> str:
        return f"{'BREAKING ' if self.is_breaking else ''}{self.place} {self.said}"


def changes_between(before: Document, now: Document) -> list[Change]:
    """Every difference, breaking ones first."""
    found = list(_Comparison(before, now).operations())
    return sorted(dict.fromkeys(found), key=lambda each: not each.is_breaking)


def _operations(document: Document) -> dict[str, Any]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


class _Comparison:
    """One comparison; `_at` remembers which pairs of schemas are under way, since schemas may lead to themselves."""

    def __init__(self, before: Document, now: Document) -> None:
        self._before, self._now = before, now
        self._at: set[tuple[str, str, bool]] = set()

    def operations(self) -> Iterator[Change]:
        old, new = _operations(self._before), _operations(self._now)
        yield from (Change(place, "is gone.", is_breaking=True) for place in old.keys() - new.keys())
        yield from (Change(place, "is new.", is_breaking=False) for place in new.keys() - old.keys())
        for place in sorted(old.keys() & new.keys()):
            yield from self._parameters(place, old[place], new[place])
            yield from self._body(place, old[place].get("requestBody"), new[place].get("requestBody"))
            yield from self._answers(place, old[place]["responses"], new[place]["responses"])

    def _parameters(self, place: str, old: Document, new: Document) -> Iterator[Change]:
        olds, news = (
            {(each["in"], each["name"]): each for each in operation.get("parameters", ())} for operation in (old, new)
        )
        for key in sorted(olds.keys() | news.keys()):
            at = f"{place}: {key[0]} {key[1]}"
            if key not in news:
                yield Change(at, "is gone.", is_breaking=True)
            elif key not in olds:
                yield Change(at, "is new.", bool(news[key].get("required")))
            else:
                if news[key].get("required") and not olds[key].get("required"):
                    yield Change(at, "must be given now.", is_breaking=True)
                yield from self._schema(at, olds[key]["schema"], news[key]["schema"], sent=True)

    def _body(self, place: str, old: Document | None, new: Document | None) -> Iterator[Change]:
        at = f"{place}: body"
        if old is None or new is None:
            if old is not new:
                yield Change(at, "is gone." if new is None else "is new.", new is None or bool(new.get("required")))
            return
        if new.get("required") and not old.get("required"):
            yield Change(at, "must be sent now.", is_breaking=True)
        yield from self._content(at, old["content"], new["content"], sent=True)

    def _answers(self, place: str, old: Document, new: Document) -> Iterator[Change]:
        for status in sorted(old.keys() | new.keys()):
            at = f"{place}: answer {status}"
            if status not in old or status not in new:
                yield Change(at, "is gone." if status in old else "is new.", status in old and status[0] == _SUCCESS)
            elif "content" in old[status] or "content" in new[status]:
                yield from self._content(at, old[status].get("content", {}), new[status].get("content", {}), sent=False)

    def _content(self, at: str, old: Document, new: Document, *, sent: bool) -> Iterator[Change]:
        for kind in sorted(old.keys() | new.keys()):
            if kind not in old or kind not in new:
                yield Change(f"{at} as {kind}", "is gone." if kind in old else "is new.", kind in old)
            else:
                yield from self._schema(at, old[kind]["schema"], new[kind]["schema"], sent=sent)

    def _schema(self, at: str, old: Any, new: Any, *, sent: bool) -> Iterator[Change]:
        pair = (str(old.get("$ref", "")), str(new.get("$ref", "")), sent)
        if all(pair[:2]):
            if pair in self._at:
                return
            self._at.add(pair)
        old, new = _found(self._before, old), _found(self._now, new)
        yield from _value_changes(at, old, new, sent=sent)
        yield from self._members(at, old, new, sent=sent)
        if "items" in old and "items" in new:
            yield from self._schema(f"{at}/items", old["items"], new["items"], sent=sent)
        for first, second in zip(old.get("anyOf", ()), new.get("anyOf", ()), strict=False):
            yield from self._schema(at, first, second, sent=sent)

    def _members(self, at: str, old: Document, new: Document, *, sent: bool) -> Iterator[Change]:
        olds, news = old.get("properties", {}), new.get("properties", {})
        before, now = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(olds.keys() | news.keys()):
            place = f"{at}/{name}"
            if name not in news:
                yield Change(place, "is gone.", is_breaking=True)
            elif name not in olds:
                yield Change(place, "is new.", sent and name in now)
            else:
                if (name in before) != (name in now):
                    said = "must be there now." if name in now else "may be absent now."
                    yield Change(place, said, sent == (name in now))
                yield from self._schema(place, olds[name], news[name], sent=sent)


def _found(document: Document, schema: Any) -> Any:
    """What a reference refers to."""
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _value_changes(at: str, old: Document, new: Document, *, sent: bool) -> Iterator[Change]:
    """What a value may be: fewer break who sends it, more who reads it."""
    olds, news = _kinds(old), _kinds(new)
    if olds != news:
        yield Change(at, f"was {_spelled(old)}, is {_spelled(new)}.", bool(olds - news if sent else news - olds))
    elif old.get("enum") != new.get("enum"):
        yield from _choice_changes(at, old.get("enum"), new.get("enum"), sent=sent)
    for name, is_tighter in _TIGHTER.items():
        if sent and old.get(name) != new.get(name):
            yield Change(
                at, f"{name} was {old.get(name)}, is {new.get(name)}.", is_tighter(old.get(name), new.get(name))
            )


def _choice_changes(at: str, old: list[Any] | None, new: list[Any] | None, *, sent: bool) -> Iterator[Change]:
    gone = [each for each in old or () if new is not None and each not in new]
    more = [each for each in new or () if old is not None and each not in old]
    is_narrower, is_wider = bool(gone) or old is None, bool(more) or new is None
    yield Change(at, f"was one of {old}, is one of {new}.", is_narrower if sent else is_wider)


def _kinds(schema: Document) -> set[str]:
    """The kinds of JSON values that a schema takes; all of them where it says nothing of that."""
    kind = schema.get("type", _ANY)
    return {kind} if isinstance(kind, str) else set(kind)


def _spelled(schema: Document) -> str:
    return " or ".join(sorted(_kinds(schema))) if "type" in schema else "anything"


def _is_less(old: Any, new: Any) -> bool:
    return new is not None and (old is None or new < old)


def _is_more(old: Any, new: Any) -> bool:
    return new is not None and (old is None or new > old)


def _is_other(old: Any, new: Any) -> bool:
    return new is not None and old != new


_TIGHTER: Mapping[str, Callable[[Any, Any], bool]] = {
    "maxLength": _is_less,
    "maximum": _is_less,
    "maxItems": _is_less,
    "minLength": _is_more,
    "minimum": _is_more,
    "minItems": _is_more,
    "format": _is_other,
    "pattern": _is_other,
}
