"""Turn the query string of a deletion of many into which members are meant, and how many they may be. Knows no row."""

from __future__ import annotations

import msgspec

from nuages.errors import BadRequest
from nuages.parse.pairs import read_pairs
from nuages.parse.question import RESERVED, Question, QuestionReader
from nuages.parse.quoting import short

MAX = "max"
_TAKEN = ("filter", "search")


class Deletion(msgspec.Struct, frozen=True):
    """Which members are to be deleted: all that the question leads to, if they are no more than `most`."""

    question: Question
    most: int


def read_deletion(query: str, questions: QuestionReader, max_bulk: int) -> Deletion:
    """Read a deletion: the filters of a list, and `max`; without one of each it would mean more than was thought of.

    Raises: BadRequest that names the parameter and what was wrong.
    """
    pairs = read_pairs(query)
    for name, _ in pairs:
        if name in RESERVED and name not in _TAKEN:
            detail = f"{name}: a deletion takes filters, {', '.join(_TAKEN)} and {MAX}."
            raise BadRequest.parameter(name, "unknown-parameter", detail)
    most = _most([text for name, text in pairs if name == MAX], max_bulk)
    question = questions.read([pair for pair in pairs if pair[0] != MAX])
    if question.asked.condition() is None:
        raise BadRequest("Say by a filter which members are to be deleted.", code="missing-filter")
    return Deletion(question, most)


def _most(texts: list[str], max_bulk: int) -> int:
    if len(texts) > 1:
        raise BadRequest.parameter(MAX, "repeated-parameter", f"{MAX!r} is given {len(texts)} times.")
    text = texts[0] if texts else ""
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(max_bulk))
    if not (is_number and 1 <= int(text) <= max_bulk):
        said = f"{short(text)} is no whole number" if texts else "say how many members may be deleted at most,"
        raise BadRequest.parameter(MAX, "invalid-max", f"{MAX}: {said} from 1 to {max_bulk}.")
    return int(text)
