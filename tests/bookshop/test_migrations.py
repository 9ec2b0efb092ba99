"""The bookshop's migrations say what its models say."""

import os
import subprocess
import sys
from pathlib import Path

BOOKSHOP = Path(__file__).parents[2] / "examples" / "bookshop"


def test_no_migration_is_missing(tmp_path: Path) -> None:
    """The tests make their tables from the models, the demo from the migrations; both must be the same."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO")}
    environment = {**kept, "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}"}
    command = [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]
    done = subprocess.run(command, cwd=BOOKSHOP, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "No changes detected"), done.stderr
