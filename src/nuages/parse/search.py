"""Turn the text of `search=` into a condition: every word in any declared text, or the database's own search."""

from __future__ import annotations

import re

from nuages.declare.spec import Search
from nuages.errors import BadRequest
from nuages.parse.condition import Comparison, Junction, Node, Parameter, TextSearch
from nuages.parse.lookups import LOOKUPS
from nuages.parse.parameters import all_of

MAX_SEARCH_CHARS = 200
MAX_SEARCH_WORDS = 8
_DASHES = re.compile(r"-[-\s]*-")  # each is one more NOT to PostgreSQL, whose parser bears 32 of them
_CONTAINS = next(lookup for lookup in LOOKUPS if lookup.how == "icontains")


class SearchReader:
    """Reads the searches of one resource; `is_native` where the database has a search of its own."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._parameters = [
            Parameter(f"search {operand.name}", -1 - index, operand, _CONTAINS)
            for index, operand in enumerate(search.operands)
        ]

    def read(self, text: str) -> Node | None:
        """Read a search; None when no word is in it.

        Raises: BadRequest for a resource that declares nothing to search, for too long a text or too many words.
        """
        if not self._parameters:
            raise BadRequest.parameter("search", "unknown-parameter", "There is nothing to search in here.")
        words = text.split()
        if len(text) > MAX_SEARCH_CHARS or len(words) > MAX_SEARCH_WORDS:
            most = f"{MAX_SEARCH_CHARS} characters or {MAX_SEARCH_WORDS} words"
            raise BadRequest.parameter("search", "invalid-search", f"search: more than {most}.")
        words_asked = all_of([self._anywhere(word) for word in words])
        if words_asked is None or self._search.how == "words":
            return words_asked
        plain = _DASHES.sub("-", text)
        return TextSearch(self._search.operands, self._search.how, self._search.language, plain, words_asked)

    def _anywhere(self, word: str) -> Node:
        found = tuple([Comparison(parameter, ((word,),)) for parameter in self._parameters])
        return Junction("OR", found)  # also of one: each word may be found in a related row of its own
