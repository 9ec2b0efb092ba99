"""Progress is one line that redraws itself on a terminal, and plain lines elsewhere."""

from io import StringIO

from shop.progress import Progress


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def _work(stream: StringIO | None) -> None:
    progress = Progress(stream, total=1_000)
    progress.start("books", count=250)
    for _ in range(250):
        progress.advance(1)
    progress.start("reviews", count=750)
    progress.advance(750)
    progress.finish()


def test_terminal_sees_one_line() -> None:
    """On a terminal the bar overwrites itself, and ends with the only line break."""
    terminal = _Terminal()
    _work(terminal)
    drawn = terminal.getvalue()
    assert drawn.count("\n") == 1
    assert drawn.endswith(f"\r[{'#' * 30}] 100%  reviews     \n")
    assert f"\r[{'#' * 3}{'.' * 27}]  10%  books       \r" in drawn


def test_terminal_is_not_flooded() -> None:
    """The bar is drawn once a percent, however small the steps."""
    terminal = _Terminal()
    _work(terminal)
    assert terminal.getvalue().count("\r") <= 101


def test_log_sees_plain_lines() -> None:
    """Without a terminal there are no control characters, only one line a stage."""
    log = StringIO()
    _work(log)
    assert log.getvalue() == "250 books\n750 reviews\n"


def test_silence_is_kept() -> None:
    """Without a stream nothing is written, and nothing fails."""
    _work(None)
