"""Conduit's API: the word before its tokens, and how it says no. What it serves stands in the modules beside this."""

from typing import Any

from nuages import API, Bearer, Problem, Request

# Conduit's clients get no refresh token; one lasts a day, or until its login ends: by another password, or a logout.
bearer = Bearer(scheme="Token", lifetime_s=86_400, login=False)
api = API(title="Conduit", authenticate=[bearer])

# What its document knows of a client's mistakes, and what is no answer of an operation of it.
_KEPT = {401, 405, 429}


@api.problem_renderer
def render(problem: Problem, request: Request) -> tuple[int, dict[str, Any]]:
    """Write errors as Conduit has them: whatever else a client has done wrong is a 422."""
    is_other = request.route and problem.status not in _KEPT and problem.status < Problem.status
    lines = [_line(fault.pointer, fault.detail) for fault in problem.faults] or [problem.detail]
    return 422 if is_other else problem.status, {"errors": {"body": lines}}


def _line(pointer: str, detail: str) -> str:
    """Name the place, `/article/tagList/0` as tagList.0, where the words do not name it themselves."""
    name = pointer[1:] if pointer.startswith("?") else ".".join(pointer.split("/")[2:])
    return detail if name.lower() in detail.lower() else f"{name}: {detail}"
