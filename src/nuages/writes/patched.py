"""Change one member by a JSON Patch: apply it to what reading shows, and read what comes of it as PUT reads a document.

What is shown as it was is not written again, so that nothing changes but what the patch has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nuages.change.values import with_kept
from nuages.errors import Unprocessable
from nuages.http.response import Response
from nuages.operation import Write
from nuages.parse.json_body import read_shown
from nuages.parse.json_patch import apply_patch
from nuages.writes.asked import Asked, looking
from nuages.writes.locked import lock_member
from nuages.writes.members import update


def patch(asked: Asked[Write]) -> Response:
    """Patch a member.

    Raises: the Problem of the patch, or of what comes of it; nothing is stored then.
    Source: RFC 6902; RFC 5789.
    """
    spec = asked.operation.spec
    row, body = lock_member(asked, is_shown=True)
    before, after = read_shown(body), apply_patch(asked.document, read_shown(body))
    try:
        values = asked.operation.documents.edited(after, before, looking(asked))
    except RecursionError:  # others may store what is nested deeper than any body
        raise Unprocessable("This is nested too deep to be patched inside.", code="patch-too-large") from None
    named = {part.name for part in spec.writable if part.name in after or part.name not in before}
    whole = with_kept(row, spec.writable, {**values, **_linked(asked, row, values, before)}, named)
    return update(asked, row, whole, spec.declared.replace)


def _linked(asked: Asked[Write], row: Any, values: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the links that the patch could not see: behind a rule, a nested filter or limit."""
    changed = [part for part in asked.operation.spec.writable if part.shown_key and part.many and part.name in values]
    linked = {}
    for part in changed:
        if part.name not in before:
            continue
        seen = set(asked.operation.documents.shown_keys(part.name, before))
        stored = getattr(row, part.name).using(asked.connection.alias).values_list("pk", flat=True)
        linked[part.name] = [*values[part.name], *(key for key in stored if key not in seen)]
    return linked
