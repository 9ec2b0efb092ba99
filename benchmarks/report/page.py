"""Turn the kept figures into docs/explanation/benchmarks.md and its charts. Reads nothing, writes nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.report import more
from benchmarks.report.aims import write_aims
from benchmarks.report.comparison import write_comparison
from benchmarks.report.conditions import write_conditions, write_peers
from benchmarks.report.figures import Result
from benchmarks.report.markdown import count, text_table
from benchmarks.side_by_side.workloads import TITLES

_TOP = """\
# Benchmarks

> Written by `make bench-report` from the files in `benchmarks/results`. Do not edit this page.

The same bookshop API in Nuages and in its peers, measured side by side in one run.
Before a peer is measured, its answers are compared with those of a hand-written statement.
Keys, nesting, order, types and values must be the same.
A peer that answers otherwise is not measured.
One server runs at a time; each round visits every peer, and begins with another one.
A ratio is taken within a round; what is shown is the median of the rounds.
"To the statement" compares with the hand-written statement on granian WSGI and psycopg.
CPU is that of the server's and of PostgreSQL's processes, divided by the requests.
A figure with `!` had errors: answers that are not 2xx, broken connections, timeouts, or no answer at all.
Read the ratios: requests a second are those of one small machine, which the load generator shares.
"""
_RUN = """\
## Run it

```sh
make bench                                             # the peers that matter, some minutes
make bench ARGS="--peers nuages,drf --workloads W2"    # some of them
make bench-full                                        # every peer and every part
make bench ARGS="sqlite depth"                         # single parts
make bench-report                                      # this page, from what is kept
```

`make bench` builds the peers' environments from pinned versions (`benchmarks/requirements`).
It starts a PostgreSQL of its own, and needs `wrk`.
The programs of the peers are in `benchmarks/peers`; the driver is `benchmarks/side_by_side`.
A new peer is an entry in `benchmarks/side_by_side/peers.py`.
Nuages runs as its users run it, by `manage.py serve`, in the environment of the other Django peers.
Models, settings, Django, psycopg and granian are theirs."""

_PARTS: Mapping[str, tuple[str, Callable[[Result, dict[str, str]], list[str]]]] = {
    "sqlite": ("SQLite beside PostgreSQL", more.write_sqlite),
    "pages": ("Size of a page", more.write_pages),
    "depth": ("Depth of nesting", more.write_depth),
    "sizes": ("Size of the database", more.write_sizes),
    "start": ("Cold and warm", more.write_start),
    "memory": ("Memory after many requests", more.write_memory),
}


@dataclass(frozen=True, slots=True)
class Page:
    """The text of the page, and its charts by file name."""

    text: str
    charts: Mapping[str, str]


def write_page(results: Mapping[str, Result]) -> Page:
    """Write the page from the parts that there are: "matrix", or "short" where it is missing, and the others."""
    charts: dict[str, str] = {}
    parts = [_TOP.rstrip(), _RUN, "## Workloads", text_table(("", ""), TITLES.items())]
    main = results.get("matrix") or results.get("short")
    if main:
        parts += ["## Conditions", *write_conditions(main), "## Peers", *write_peers(main), *write_aims(main)]
        parts += write_comparison(main, charts)
    for name, (title, write) in _PARTS.items():
        parts.append(f"## {title}")
        parts += _part(results[name], write, charts) if name in results else ["Not measured yet."]
    return Page("\n\n".join(parts) + "\n", charts)


def _part(result: Result, write: Callable[[Result, dict[str, str]], list[str]], charts: dict[str, str]) -> list[str]:
    told = result["conditions"]
    length = f", {count(result['rounds'], 'round')} of {result['seconds']} s a cell" if "seconds" in result else ""
    when = f"Measured {told['date']}, commit {told['commit']}{length}; {told['database']['version']}."
    return [when, *write(result, charts)]
