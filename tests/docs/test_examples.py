"""The documentation does what it says: its projects are built and asked from a clean directory."""

import ast
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.docs.blocks import PAGES, ROOT, Block, Command, blocks, commands, write_file

README = ROOT / "README.md"
FILES = ROOT / "docs/how-to/files.md"
START_DEADLINE_S = 120.0  # a busy machine; a quiet one needs half a second


class Project:
    """A project as a reader builds it: a directory, a shell, a server that is stopped at the end."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.server: subprocess.Popen[bytes] | None = None
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = str(probe.getsockname()[1])
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO")}
        self.environ = {**kept, "PATH": path, "PYTHONPATH": str(ROOT / "src"), "PORT": self.port}

    def run(self, command: Command) -> None:
        """Run one command of a page, and compare what it says with what the page shows."""
        if command.words[:2] == ["pip", "install"]:
            return  # what it would install is what is being tested
        line = command.line.replace("8000", self.port)
        if "serve" in command.words:
            self._serve(f"{line} --port {self.port}")
            return
        done = subprocess.run(
            line, shell=True, cwd=self.directory, env=self.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        assert not command.output.strip() or command.is_shown_by(done.stdout), (line, done.stdout)

    def _serve(self, line: str) -> None:
        self.server = subprocess.Popen(f"exec {line}", shell=True, cwd=self.directory, env=self.environ)
        deadline_s = time.monotonic() + START_DEADLINE_S
        while time.monotonic() < deadline_s:
            assert self.server.poll() is None, "the server stopped"
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/-/live")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        pytest.fail("the server did not start")

    def stop(self) -> None:
        """Stop the server, if one was started."""
        if self.server is not None:
            self.server.terminate()
            self.server.wait(30)

    def follow(self, steps: list[Block]) -> None:
        """Write every file and run every command."""
        for step in steps:
            if step.language == "python":
                write_file(step, self.directory)
            elif step.language == "console":
                for command in commands(step):
                    self.run(command)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """An empty project; its server is stopped whatever happens."""
    built = Project(tmp_path)
    try:
        yield built
    finally:
        built.stop()


def test_the_readme_builds_a_project_that_answers_as_shown(project: Project) -> None:
    """From startproject to a problem document, word by word."""
    project.follow(blocks(README))
    assert project.server is not None


def test_the_page_about_files_builds_a_project_that_takes_them(project: Project) -> None:
    """From startproject to an image that is none, word by word."""
    project.follow(blocks(FILES))
    assert project.server is not None


def _without_commands_after_migrate(steps: list[Block]) -> list[Block]:
    """The README's project up to its tables."""
    last = next(n for n, step in enumerate(steps) if "makemigrations" in step.text)
    text = "".join(line for line in steps[last].text.splitlines(keepends=True) if "serve" not in line)
    return [*steps[:last], Block("console", text)]


def _declares(page: Path) -> bool:
    return page != README and any(block.text.startswith("# catalog/api.py") for block in blocks(page))


REFERENCE_PAGES = [page for page in PAGES if _declares(page)]


@pytest.mark.parametrize("page", REFERENCE_PAGES, ids=lambda page: page.name)
def test_a_declaration_in_the_reference_is_served(page: Path, project: Project) -> None:
    """Each page's api.py replaces the README's, passes the checks, and every resource answers."""
    project.follow(_without_commands_after_migrate(blocks(README)))
    project.follow([block for block in blocks(page) if block.language == "python"])
    ask = (
        "from django.test import Client; root = Client(headers={'host': 'localhost'}).get('/api/').json();"
        "print([Client(headers={'host': 'localhost'}).get(url).status_code for url in root['resources'].values()])"
    )
    project.run(Command("python manage.py check", ""))
    project.run(Command(f'python -W ignore manage.py shell -v0 -c "{ask}"', ""))
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", ask],
        cwd=project.directory, env=project.environ, capture_output=True, text=True, check=True,
    )  # fmt: skip
    statuses = set(re.findall(r"\d+", done.stdout))
    assert statuses == {"200"}, done.stdout


def _codes(pattern: str) -> set[str]:
    sources: Any = (path.read_text() for path in (ROOT / "src").rglob("*.py"))
    return {code for source in sources for code in re.findall(pattern, source)}


def test_every_check_has_its_row() -> None:
    """What `nuages.E0xx` means stands in the reference, and nothing that does not exist."""
    page = (ROOT / "docs/reference/checks.md").read_text()
    assert set(re.findall(r"nuages\.(E\d{3})", page)) == _codes(r'"(?:nuages\.)?(E\d{3})"')


_CODE = re.compile(r"[a-z]+(?:-[a-z]+)+")
_NO_CODES = {
    "header",
    "get",
    "add_argument",
    "getattr",
    "import_module",
    "path",
    "setattr",
    "_url",
}  # calls whose texts are other names


def _problem_codes(tree: ast.AST) -> Iterator[str]:
    """The codes that a module gives: to a class of problems, or to whatever makes one, which takes it as a text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "code" for t in node.targets):
            yield from _texts(node.value)
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for given in (*node.args, *(keyword.value for keyword in node.keywords)):
                yield from _texts(given) if name not in _NO_CODES else ()


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr) and ast.unparse(node) == "f'invalid-{name}'":  # parse.window's numbers
        yield from ("invalid-limit", "invalid-offset", "invalid-page")


def test_every_problem_has_its_row() -> None:
    """Each type of problem stands in the reference, and nothing that does not exist."""
    page = (ROOT / "docs/reference/http.md").read_text()
    table = page.split("| status | type | when |")[1].split("\n\n")[0]
    sources = [ast.parse(path.read_text()) for path in (ROOT / "src").rglob("*.py")]
    used = {code for source in sources for code in _problem_codes(source) if _CODE.fullmatch(code)}
    names = {name for name in used if name.startswith("nuages-")}  # of routes and threads
    shown = {code for row in table.splitlines()[2:] for code in re.findall(r"`([^`]+)`", row.split("|")[2])}
    assert shown == (used | {"draining", "unavailable", "unprocessable", "taken"}) - names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    """Files exist, and so do the headings behind a #."""
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text()):
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}, target
