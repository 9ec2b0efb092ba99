"""What the tools wrote is read as they meant it."""

import json

import pytest

from benchmarks.check.asking import Answers, WrongAnswerError, check
from benchmarks.check.callgrind import Count, read_count
from benchmarks.check.comparison import FIGURES
from benchmarks.check.database_work import rows_of
from benchmarks.check.questions import QUESTIONS
from benchmarks.check.run import BASELINE

# Python (1) calls SQLite (3) through the driver (2); SQLite calls the C library (4) and, once, the driver back.
CALLGRIND = """
ob=(1) /usr/bin/python3.11
fn=(1) _PyEval_EvalFrameDefault
0 500
cob=(2) /usr/lib/_sqlite3.so
cfn=(2) pysqlite_execute
calls=2 0
0 1000

ob=(2)
fn=(2)
0 100
cob=(3) /usr/lib/libsqlite3.so.0.8.6
cfn=(3) sqlite3_step
calls=2 0
0 900

ob=(3)
fn=(3)
0 300
cfn=(4) sqlite3VdbeExec
calls=5 0
0 200
cob=(4) /lib/libc.so.6
cfn=(5) memcpy
calls=3 0
* 250
cob=(2)
cfn=(6) progress
calls=1 0
+1 40

summary: 1500
""".splitlines()


def test_sqlites_instructions_stand_apart() -> None:
    """SQLite's are what it and its callees take, without what it calls back; all others are our own."""
    count = read_count(CALLGRIND)
    assert count == Count(everything=1500, sqlite=860)
    assert count.own == 640


def test_rows_of_a_plan_are_added_up() -> None:
    """Each node counts the rows it gave on and threw away, as often as it ran."""
    scan = {"Actual Rows": 2, "Rows Removed by Filter": 3, "Actual Loops": 10}
    assert rows_of({"Actual Rows": 5, "Actual Loops": 1, "Plans": [scan, scan]}) == 105


def test_wrong_answer_is_not_measured() -> None:
    """An error may be quick; it is no answer."""
    answers = Answers([("500 Internal Server Error", [])], [b"{}"])
    with pytest.raises(WrongAnswerError, match="one book: 500 Internal Server Error instead of 200"):
        check("one book", answers)


def test_baseline_has_every_request_and_figure() -> None:
    """The kept baseline is that of the requests as they are, each of which takes the statements that it may take."""
    kept = json.loads(BASELINE.read_text())["figures"]
    assert {name: set(figures) for name, figures in kept.items()} == {name: set(FIGURES) for name in QUESTIONS}
    taken = {
        name: {figures[f"{database}: statements"] for database in ("SQLite", "PostgreSQL")}
        for name, figures in kept.items()
    }
    assert taken == {name: {question.statements} for name, question in QUESTIONS.items()}
