"""Versions: another after every change, in every process of the machine, and of that table alone."""

import multiprocessing
from pathlib import Path

import pytest

from nuages.cache.versions import MachineVersions, machine_versions


def test_a_change_is_another_version_of_that_table_alone(tmp_path: Path) -> None:
    """Nothing comes to an earlier version again."""
    versions = MachineVersions(tmp_path / "versions")
    seen = set()
    other = versions.current(["b"])
    for _ in range(1_000):
        seen.add(versions.current(["a"]))
        versions.change(["a"])
    assert len(seen) == 1_000
    assert versions.current(["b"]) == other


def _change(path: Path) -> None:
    MachineVersions(path).change(["a"])


def test_every_process_sees_it(tmp_path: Path) -> None:
    """A process that changes a table is seen by all who share the file."""
    path = tmp_path / "versions"
    here = MachineVersions(path)
    before = here.current(["a"])
    process = multiprocessing.get_context("spawn").Process(target=_change, args=(path,))
    process.start()
    process.join()
    assert process.exitcode == 0
    assert here.current(["a"]) != before


def test_anothers_file_is_not_used(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A link in its place is refused; then each process has versions of its own, and says so."""
    path = tmp_path / "versions"
    Path(path).symlink_to(tmp_path / "target")
    versions = machine_versions(path)
    assert "Other processes do not hear of changes" in caplog.text
    before = versions.current(["a"])
    versions.change(["a"])
    assert versions.current(["a"]) != before
    assert not (tmp_path / "target").exists()
