"""Conduit's project: its migrations say what its models say, and its settings are safe by default."""

import os
import subprocess
import sys
from pathlib import Path

CONDUIT = Path(__file__).parents[2] / "examples/conduit"
OURS = {"DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "TOKEN_KEY", "TOKEN_KEYS", "DATABASE_URL", "ORIGINS"}


def _manage(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in OURS and not name.startswith("DJANGO")}
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        env=kept | environment,
        cwd=CONDUIT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_migration_is_missing(tmp_path: Path) -> None:
    """And development needs no variable but this one, for a database of the test's own."""
    done = _manage("makemigrations", "--check", "--dry-run", DATABASE_URL=f"sqlite:///{tmp_path / 'db.sqlite3'}")
    assert (done.returncode, done.stdout.strip()) == (0, "No changes detected"), done.stderr


def test_production_demands_keys_of_its_own() -> None:
    """One for Django and one for tokens; the one that stands in the source is no secret."""
    for known in ("", "django-insecure-conduit-for-development-only"):
        done = _manage("check", DEBUG="0", SECRET_KEY=known)
        assert done.returncode != 0
        assert "DEBUG is 0, so SECRET_KEY must be set" in done.stderr
    own = "a key that nobody else has, and long enough for every check of Django's"
    done = _manage("check", DEBUG="0", SECRET_KEY=own)
    assert "nuages.E034" in done.stderr
    assert _manage("check", DEBUG="0", SECRET_KEY=own, TOKEN_KEY=own[::-1]).returncode == 0
