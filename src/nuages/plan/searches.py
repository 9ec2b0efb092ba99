"""Turn a search into PostgreSQL's own: full text or trigrams. Every other database compares word by word."""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, Func, Q, TextField, Value
from django.db.models.functions import Coalesce

from nuages.parse.condition import TextSearch
from nuages.plan.slots import Slot


class _Fulltext(Func):
    """`to_tsvector(language, texts) @@ websearch_to_tsquery(language, value)`, spelled as Django's SearchVector does.

    Source: postgresql.org/docs/current/textsearch-tables.html, which says when an index on the expression serves.
    """

    output_field = BooleanField()

    def __init__(self, text: Any, value: Any, language: str) -> None:
        template = "to_tsvector(%(language)s::regconfig, {}) @@ websearch_to_tsquery(%(language)s::regconfig, {}::text)"
        super().__init__(text, value)
        self._template = template.replace("%(language)s", "'" + language.replace("'", "''") + "'")

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # noqa: ARG002
        (text, first), (value, second) = (compiler.compile(part) for part in self.source_expressions)
        return "(" + self._template.format(text, value) + ")", [*first, *second]


class _WordSimilar(Func):
    """`text %> value`: some extent of the text is similar to the value (extension pg_trgm)."""

    output_field = BooleanField()
    template = "(%(expressions)s::text)"
    arg_joiner = " %%> "


def native_search(node: TextSearch, texts: list[Any], slot: Slot) -> Q:
    """Search the texts as the resource declares it."""
    if node.how == "trigram":
        return Q(*(_WordSimilar(text, slot) for text in texts), _connector=Q.OR)
    return Q(_Fulltext(_joined(texts), slot, node.language))


def _joined(texts: list[Any]) -> Any:
    parts: list[Any] = []
    for text in texts:
        parts += [Value(" "), Coalesce(text, Value(""), output_field=TextField())]
    return _Concatenated(*parts[1:])


class _Concatenated(Func):
    """`a || ' ' || b`, which is immutable, as an index must be; concat() is not."""

    output_field = TextField()
    template = "(%(expressions)s)"
    arg_joiner = " || "
