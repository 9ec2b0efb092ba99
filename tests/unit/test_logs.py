"""An entry is one line with its request's id, whatever it holds; a log that fails harms nobody."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.http.request_id import under_way
from nuages.logs import RequestIdFilter, log_entry, one_line

LOG = "nuages.request"


@pytest.fixture
def request_id() -> Iterator[str]:
    """A request is under way."""
    token = under_way.set("4f2a")
    yield "4f2a"
    under_way.reset(token)


@given(st.text())
def test_any_text_becomes_one_printable_line(text: str) -> None:  # I09
    """Nothing ends the line or steers a terminal, and what was there can be read back."""
    line = one_line(text)
    assert line.isprintable()
    assert len(line.splitlines()) <= 1
    escaped = "".join(each if each.isascii() else each.encode("unicode_escape").decode() for each in line)
    assert escaped.encode().decode("unicode_escape") == text


@pytest.mark.parametrize("text", ["", "/api/books?x=1", "café 漢字 😀"])
def test_plain_text_stays_as_it_is(text: str) -> None:
    """Of every script."""
    assert one_line(text) == text


def test_an_entry_has_the_id_in_its_message_and_as_an_attribute(request_id: str, caplog: Any) -> None:
    """The place it is told from is the caller's."""
    log_entry(logging.ERROR, "%s failed", "/a\n2026-01-01 INFO all is well")
    [record] = caplog.records
    assert record.getMessage() == "/a\\n2026-01-01 INFO all is well failed (request 4f2a)"
    assert (record.name, record.request_id, record.filename) == (LOG, "4f2a", "test_logs.py")


def test_outside_of_a_request_there_is_no_id(caplog: Any) -> None:
    """The message does not speak of one."""
    log_entry(logging.WARNING, "Nothing")
    assert [(record.getMessage(), record.request_id) for record in caplog.records] == [("Nothing", "")]


def test_a_projects_own_records_may_have_an_id_already(request_id: str, caplog: Any) -> None:
    """A record factory of the project's is left alone: its attribute stays."""
    usual = logging.getLogRecordFactory()

    def factory(*arguments: Any, **named: Any) -> logging.LogRecord:
        record = usual(*arguments, **named)
        record.request_id = "theirs"
        return record

    logging.setLogRecordFactory(factory)
    try:
        log_entry(logging.WARNING, "Something")
    finally:
        logging.setLogRecordFactory(usual)
    assert [(record.message, record.request_id) for record in caplog.records] == [
        ("Something (request 4f2a)", "theirs")
    ]


class _Failing(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        raise RuntimeError("the disk is full")


class _Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize("told", ["plain", _Unspeakable()])
def test_a_log_that_fails_is_said_on_stderr(told: Any, request_id: str, capsys: Any) -> None:
    """Once, and nothing is raised."""
    handler = _Failing()
    logging.getLogger(LOG).addHandler(handler)
    try:
        log_entry(logging.ERROR, "%s failed", told)
    finally:
        logging.getLogger(LOG).removeHandler(handler)
    assert capsys.readouterr().err.count("--- Logging error ---") == 1


def test_the_filter_names_the_records_of_others(request_id: str) -> None:
    """Every record passes, and has the attribute."""
    record = logging.makeLogRecord({"msg": "theirs"})
    assert RequestIdFilter().filter(record)
    assert getattr(record, "request_id", None) == "4f2a"


CONFIGURED = """
import json, logging, logging.config, sys
logging.config.dictConfig(json.loads(sys.argv[1]))
from nuages.http.request_id import under_way
from nuages.logs import log_entry
under_way.set("4f2a")
log_entry(logging.ERROR, "%s failed", "this")
logging.getLogger("shop").error("that failed")
"""


def test_the_filter_serves_a_projects_logging() -> None:
    """Named in its settings; our loggers are not among the existing ones that dictConfig disables by default."""
    config = {
        "version": 1,
        "filters": {"request_id": {"()": "nuages.logs.RequestIdFilter"}},
        "formatters": {"line": {"format": "{levelname} [{request_id}] {message}", "style": "{"}},
        "handlers": {"all": {"class": "logging.StreamHandler", "filters": ["request_id"], "formatter": "line"}},
        "root": {"handlers": ["all"]},
    }
    done = subprocess.run(
        [sys.executable, "-c", CONFIGURED, json.dumps(config)], capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines() == ["ERROR [4f2a] this failed (request 4f2a)", "ERROR [4f2a] that failed"]
