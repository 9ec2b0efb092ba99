"""Versions: another after every change, in every process of the machine, and of that table alone."""

import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from nuages.cache.versions import MachineVersions, machine_versions
from nuages.shared_files import path_of


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


def test_processes_meet_in_a_directory_that_is_named(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The setting; an environment variable of the same name wins, for units that have a /tmp of their own."""
    settings.NUAGES_SHARED_DIRECTORY = tmp_path / "setting"
    assert path_of("versions").parent == tmp_path / "setting"
    monkeypatch.setenv("NUAGES_SHARED_DIRECTORY", str(tmp_path / "environment"))
    assert path_of("versions").parent == tmp_path / "environment"


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
