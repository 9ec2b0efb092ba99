"""Compare what fixed requests take with the kept baseline; exit 1 where anything grew.

    python benchmarks/check/run.py [--keep]

Counts only, no times: instructions by valgrind, statements, steps, blocks and rows by the databases. So a busy machine
answers as a quiet one does, in about a minute.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.check.comparison import compare, find_skipped, is_other_build, name_growth
from benchmarks.check.project import bring_up
from benchmarks.check.report import write_report

BASELINE = Path(__file__).with_name("baseline.json")


def main() -> int:
    """Read the command line, measure, then compare or keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="keep what is measured as the baseline")
    options = parser.parse_args()
    measured = _measure()
    if options.keep:
        BASELINE.write_text(json.dumps(measured, indent=1) + "\n")
        print(f"Kept in {BASELINE.name}; commit it with what changed.")
        return 0
    return show(json.loads(BASELINE.read_text()), measured)


def show(baseline: dict[str, Any], measured: dict[str, Any]) -> int:
    """Print the comparison; gives the exit code."""
    rows = compare(baseline, measured)
    report = write_report(
        rows,
        find_skipped(baseline, measured),
        lambda request: name_growth(request, baseline, measured),
        is_other_build=is_other_build(baseline, measured),
    )
    print(report)
    return int(any(row.grew for row in rows))


def _measure() -> dict[str, Any]:
    application = bring_up()
    from benchmarks.check.measuring import measure  # noqa: PLC0415  # its imports want Django's settings

    return measure(application)


if __name__ == "__main__":
    sys.exit(main())
