"""Turn counts into a sign of life on standard error: one bar on a terminal, one line a stage anywhere else."""

from typing import TextIO

_WIDTH = 30


class Progress:
    """How far a known amount of work has come. Nothing is written where the stream is None."""

    def __init__(self, stream: TextIO | None, *, total: int) -> None:
        self._stream = stream
        self._total = max(total, 1)
        self._done = 0
        self._shown = -1  # the percentage on the screen: only a new one is worth writing
        self._redraws = stream is not None and stream.isatty()

    def start(self, stage: str, *, count: int) -> None:
        """Say what comes next and how much of it."""
        self._stage = stage
        self._shown = -1
        if not self._redraws:
            self._write(f"{count:,} {stage}\n")

    def advance(self, count: int) -> None:
        """Say that so many more are done."""
        self._done += count
        percent = 100 * self._done // self._total
        if self._redraws and percent != self._shown:
            bar = "#" * (_WIDTH * percent // 100)
            self._write(f"\r[{bar:.<{_WIDTH}}] {percent:3d}%  {self._stage:<12}")
            self._shown = percent

    def finish(self) -> None:
        """Leave the bar's line, so that what is written next begins on one of its own."""
        if self._redraws and self._done:
            self._write("\n")

    def _write(self, text: str) -> None:
        if self._stream is not None:
            self._stream.write(text)
            self._stream.flush()
