"""Keep figures as JSON, one file a part."""

import json
from pathlib import Path
from typing import Any

from benchmarks.side_by_side.environments import ROOT

DIRECTORY = ROOT / "benchmarks" / "results"


def save(directory: Path, part: str, result: dict[str, Any]) -> Path:
    """Write the figures of a part; a cell stands on a line of its own, so that a diff can be read."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{part}.json"
    members = [f"{json.dumps(name)}: {_spell(value)}" for name, value in result.items()]
    path.write_text("{\n" + ",\n".join(members) + "\n}\n")
    return path


def load(directory: Path, part: str) -> dict[str, Any] | None:
    """Read the figures of a part; None where it has not been measured."""
    path = directory / f"{part}.json"
    return json.loads(path.read_text()) if path.exists() else None


def _spell(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n  " + ",\n  ".join(map(json.dumps, value)) + "\n]"
    return json.dumps(value, indent=1)
