"""Measure reads: Nuages against the best ORM code, on SQLite and PostgreSQL, and what its own Python takes.

    python benchmarks/read.py [--books 20000] [--rounds 9] [--save]

Read the ratios: both sides run in turn in one process, so that whatever else the machine does slows both.
"""

import argparse
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "benchmarks" / "results" / "read.json"


def main() -> None:
    """Read the command line, measure, print, and save where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--books", type=int, default=20_000, help="how many books each database gets (default: 20000)")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of each side (default: 9)")
    parser.add_argument("--save", action="store_true", help=f"write the figures to {RESULT.relative_to(ROOT)} too")
    options = parser.parse_args()

    # These two must come before the imports: the bookshop's models need Django, and Django its settings.
    sys.path[:0] = [str(ROOT), str(ROOT / "examples" / "bookshop")]
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    import django  # noqa: PLC0415

    django.setup()
    from benchmarks.reading import measure_reads  # noqa: PLC0415
    from benchmarks.tables import write_tables  # noqa: PLC0415

    results = measure_reads(books=options.books, rounds=options.rounds)
    print(write_tables(results))
    if options.save:
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(results, indent=2) + "\n")
        print(f"\nSaved to {RESULT.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
