"""Write under which conditions figures were taken, and what the peers are."""

from typing import Any

from benchmarks.report.figures import Result
from benchmarks.report.markdown import count, text_table


def write_conditions(result: Result) -> list[str]:
    """Write machine, database, duration and commit."""
    told = result["conditions"]
    machine, database = told["machine"], told["database"]
    rows = [
        ("when", f"{told['date']}, commit {told['commit']}"),
        (
            "machine",
            f"{machine['processors']} processors, {machine['model']}, {machine['memory_gib']} GiB, "
            f"Linux {machine['kernel']}; server, database and load generator share it",
        ),
        ("calibration", f"a million turns of a Python loop: {told['calibration_ms']} ms"),
        ("database", f"{database['version']}, by {database['reached']}"),
        ("its settings", ", ".join(f"{name} {value}" for name, value in database["settings"].items() if value)),
        ("rows", ", ".join(f"{table} {count:,}" for table, count in database["rows"].items())),
        ("load", told["load"]),
        *_length(result),
    ]
    return [text_table(("", ""), rows)]


def _length(result: Result) -> list[tuple[str, str]]:
    if "seconds" not in result:
        return []
    stolen = max((cell["stolen_percent"] for cell in result["cells"]), default=0)
    drift = [cell["calibration_ms"] for cell in result["cells"]] or [0]
    shown = f"{count(result['rounds'], 'round')}, {result['seconds']} s a cell; each round visits every peer"
    noise = f"calibration {min(drift)} to {max(drift)} ms; at most {stolen}% of a cell's time was the host's"
    return [("length", shown), ("noise", noise)]


def write_peers(result: Result) -> list[str]:
    """Write what each peer is made of."""
    rows = [
        (name, told["label"], ", ".join(f"{package} {version}" for package, version in told["versions"].items()))
        for name, told in result["conditions"]["peers"].items()
    ]
    commands = [f"{told['started_by']}    # {name}" for name, told in result["conditions"]["peers"].items()]
    table = text_table(("name", "what it is", "versions"), rows)
    return [table, "How each is started:", "\n".join(["```sh", *commands, "```"]), *_problems(result)]


def _problems(result: dict[str, Any]) -> list[str]:
    """Name the peers that are not there, did not start, or answered otherwise than the statement."""
    missing = result["conditions"]["left_out"]
    named = [f"Left out, since their Python is not there: {', '.join(missing)}."] if missing else []
    return [*named, *(f"Not measured: {name}: {'; '.join(found)}" for name, found in result["problems"].items())]
