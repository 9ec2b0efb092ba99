"""Show a client's own text in a problem, cut to a bearable length and with nothing that could break a line."""

MAX_SHOWN_CHARS = 60


def cut(text: str) -> str:
    """Cut a text that may be long."""
    return text if len(text) <= MAX_SHOWN_CHARS else f"{text[: MAX_SHOWN_CHARS - 3]}..."


def short(text: str) -> str:
    """Quote a text that may be long."""
    return repr(cut(text))
