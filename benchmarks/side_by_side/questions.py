"""Turn a workload into the paths of one peer."""

import json
from pathlib import Path
from typing import Any

from benchmarks.side_by_side.load import Target
from benchmarks.side_by_side.servers import Server, fetch
from benchmarks.side_by_side.tokens import good_token
from benchmarks.side_by_side.workloads import Workload, write_line


def paths_of(server: Server, workload: Workload) -> list[str]:
    """Give the path of each request."""
    peer = server.stand.peer
    template = peer.paths[workload.kind]
    if peer.is_walked:
        pages = _walk(server, template.format(**workload.values[0]), len({one["page"] for one in workload.values}))
        return [pages[one["page"] - 1] for one in workload.values]
    return [template.format(**one) for one in workload.values]


def write_target(server: Server, workload: Workload, directory: Path) -> Target:
    """Write the requests to a file for wrk."""
    bodies: list[dict[str, Any] | None] = list(workload.bodies) or [None] * len(workload.values)
    paths = paths_of(server, workload)
    file = directory / f"{server.stand.name}.{workload.name}.txt".replace(" ", "_")
    file.write_text("\n".join(map(write_line, paths, bodies)) + "\n")
    token = good_token(server.stand.peer.audience) if workload.has_token else None
    return Target(server.port, file, workload.method, token)


def _walk(server: Server, first: str, count: int) -> list[str]:
    """Follow `next` from the first page."""
    pages = [first]
    while len(pages) < count:
        pages.append(json.loads(fetch(server.port, pages[-1])[1])["next"])
    return pages
