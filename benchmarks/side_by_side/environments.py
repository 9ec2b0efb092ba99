"""Where the peers' environments stand, and which versions are in them."""

import os
import subprocess
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from benchmarks.side_by_side.peers import Peer

ROOT = Path(__file__).resolve().parents[2]
PEERS_DIRECTORY = ROOT / "benchmarks" / "peers"


def python_of(name: str) -> Path:
    """Give the interpreter of an environment: 311 or 313."""
    return ROOT / f".venv-bench-{name}" / "bin" / "python"


def is_there(peer: Peer) -> bool:
    """Say whether the peer's environment has been built."""
    return (python_of(peer.python).parent.parent / ".fingerprint").exists()


def versions_of(peer: Peer) -> dict[str, str]:
    """Read the versions of what the peer is made of, its Python first."""
    (site,) = python_of(peer.python).parent.parent.glob("lib/python3*/site-packages")
    found = {one.metadata["Name"].lower(): one.version for one in metadata.distributions(path=[str(site)])}
    python = subprocess.run([python_of(peer.python), "-V"], capture_output=True, text=True, check=True).stdout
    return {"Python": python.split()[1], **{name: found[name.lower()] for name in peer.packages}}


def run_manage(words: Iterable[str], environment: dict[str, str]) -> None:
    """Run a command of the Django peers' project."""
    command = [python_of("311"), "manage.py", *words]
    subprocess.run(command, cwd=PEERS_DIRECTORY, env={**os.environ, **environment}, check=True)
