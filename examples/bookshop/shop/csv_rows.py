"""Turn a CSV file in UTF-8 into rows with their line numbers, or say in one sentence why it cannot be done."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from shop.findings import Findings


class FileError(Exception):
    """The file as a whole cannot be read; the message names the problem and the next step."""


def read_rows(path: Path, columns: Sequence[str], findings: Findings) -> Iterator[tuple[int, dict[str, str]]]:
    """Give each row with the number of the line on which it begins; a row with a cell too many or few is a finding.

    Raises: FileError where the file is missing, is not CSV in UTF-8, or lacks one of the columns.
    """
    reader = csv.reader(io.StringIO(_read_text(path), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header, columns, path)
        previous = reader.line_num
        for cells in reader:
            line, previous = previous + 1, reader.line_num
            if len(cells) == len(header):
                yield line, dict(zip(header, cells, strict=True))
            elif cells:  # a blank line is no row
                findings.note(f"row refused, not {len(header)} columns", line, f"{len(cells)}: {cells}")
    except csv.Error as error:
        raise FileError(
            f"{path}, line {reader.line_num}: this is not CSV ({error}). Repair the line, or fetch the file again."
        ) from error


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileError(
            f"{path}, line {line}: this is not UTF-8 (byte 0x{content[error.start]:02x}). Save the file as UTF-8."
        ) from error


def _check_header(header: list[str], columns: Sequence[str], path: Path) -> None:
    missing = [name for name in columns if name not in header]
    if missing:
        raise FileError(
            f"{path} lacks the columns {', '.join(missing)}: its first line reads {', '.join(header)[:80]!r}. "
            "Give a file with a header line and commas between the columns."
        )
