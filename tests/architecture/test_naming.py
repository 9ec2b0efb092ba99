"""No test is lost by its name."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FILES = sorted(TESTS.rglob("*.py"))
TEST_FILES = [path for path in FILES if path.name.startswith("test_")]

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(tree: ast.Module) -> list[Function]:
    return [node for node in tree.body if isinstance(node, Function)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_tests_stand_where_pytest_looks(path: Path) -> None:
    """A function named test_... stands in a file named test_...py, and such a file has at least one.

    What a command of its own runs, `make soak` or `make guards`, has another name.
    """
    has_tests = any(node.name.startswith("test_") for node in _functions(ast.parse(path.read_text())))
    assert has_tests == (path in TEST_FILES or path.name.startswith(("soak_", "every_")))


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_every_function_of_a_test_file_runs(path: Path) -> None:
    """A function that nothing mentions and nothing registers is a test that lost its name."""
    tree = ast.parse(path.read_text())
    mentioned = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    others = [node for node in _functions(tree) if not node.name.startswith("test_")]
    assert [node.name for node in others if node.name not in mentioned and not _is_registered(node)] == []


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_no_test_hides_another(path: Path) -> None:
    """No two functions of a test file have one name: Python would keep the last alone."""
    names = [node.name for node in _functions(ast.parse(path.read_text()))]
    assert len(names) == len(set(names))


def _is_registered(node: Function) -> bool:
    """Tell whether a decorator hands the function to somebody: a fixture's does, a mark does not."""
    return any(not ast.unparse(decorator).startswith("pytest.mark.") for decorator in node.decorator_list)
