"""Turn a page of documentation into the project that it builds: files to write, commands to run, outputs to expect."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# ([\w/]+\.py)(, at the end)?\n")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    language: str
    text: str


@dataclass(frozen=True)
class Command:
    """One line behind a `$`, and what the page shows beneath it; `...` stands for anything."""

    line: str
    output: str

    @property
    def words(self) -> list[str]:
        """The command's words, without a comment."""
        return shlex.split(self.line, comments=True)

    def is_shown_by(self, output: str) -> bool:
        """Whether an output is what the page shows."""
        pattern = ".*".join(re.escape(part) for part in self.output.strip().split("..."))
        return re.fullmatch(pattern, output.strip(), re.DOTALL) is not None


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [Block(match[1], match[2]) for match in _FENCE.finditer(page.read_text())]


def commands(block: Block) -> list[Command]:
    """The commands of a console block."""
    return [Command(*part.split("\n", 1)) for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE) if part]


def write_file(block: Block, directory: Path) -> Path | None:
    """Write the file that a Python block is, if it names one; gives its path."""
    match = _FILE.match(block.text)
    if match is None:
        return None
    path = directory / match[1]
    path.parent.mkdir(exist_ok=True)
    earlier = path.read_text() if match[2] else ""
    path.write_text(earlier + block.text)
    return path
