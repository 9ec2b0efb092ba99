"""Write docs/explanation/benchmarks.md and its charts from the kept figures; --check only says whether they are so."""

import argparse
import sys
from pathlib import Path

from benchmarks.report.page import Page, write_page
from benchmarks.side_by_side.environments import ROOT
from benchmarks.side_by_side.results import DIRECTORY, load

_PARTS = ("short", "matrix", "sqlite", "pages", "depth", "sizes", "start", "memory")


def main() -> None:
    """Write the page, or compare it with what stands there."""
    parser = argparse.ArgumentParser(prog="report", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file differs")
    parser.add_argument("--results", type=Path, default=DIRECTORY, help="where the figures are kept")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "explanation", help="where the page is written")
    options = parser.parse_args()
    results = {part: found for part in _PARTS if (found := load(options.results, part))}
    files = _files(write_page(results), options.out)
    if options.check:
        stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
        sys.exit("\n".join(f"{path} differs: make bench-report" for path in stale) or 0)
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    print(f"{len(files)} files written to {options.out}")


def _files(page: Page, directory: Path) -> dict[Path, str]:
    charts = {directory / "benchmarks" / name: text for name, text in page.charts.items()}
    return {directory / "benchmarks.md": page.text, **charts}


if __name__ == "__main__":
    main()
