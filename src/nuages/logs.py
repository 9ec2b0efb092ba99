"""Turn what happened into a log entry: one line, with the id of its request. A log that fails harms no answer.

Which event deserves an entry is known by whoever writes it. Loggers are looked up when they are first written to: one
that is there while settings.LOGGING is read would be disabled by it.
Source: docs.python.org/3/library/logging.config.html, "disable_existing_loggers".
"""

from __future__ import annotations

import logging

from nuages.http.request_id import under_way

REQUEST, HEALTH, ACCESS = "nuages.request", "nuages.health", "nuages.access"


class RequestIdFilter(logging.Filter):
    """Adds the attribute `request_id` to each record: that of the request under way, "" outside of any.

    Shapes: `"filters": {"request_id": {"()": "nuages.logs.RequestIdFilter"}}` in settings.LOGGING, named by a handler
        whose format has `{request_id}`. It lets every record pass, and leaves an id that a record has already.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Add it."""
        if not hasattr(record, "request_id"):
            record.request_id = under_way.get()
        return True


_naming = RequestIdFilter()
_excuse = logging.NullHandler()


def log_entry(level: int, message: str, *told: object, error: BaseException | None = None, log: str = REQUEST) -> None:
    """Write one entry, with its request's id in the message and as the attribute `request_id`.

    Shapes: `message` has a %s for each of `told`, which are escaped: whatever they hold, the message is one line.
        `error` is shown with its traceback.
    Source: CWE-117 (log injection).
    """
    logger, named = logging.getLogger(log), under_way.get()
    logger.addFilter(_naming)  # once; a key of `extra` would clash with a project's own LogRecordFactory
    try:
        words = [one_line(str(each)) for each in told]
        if named:
            message, words = f"{message} (request %s)", [*words, named]
        logger.log(level, message, *words, exc_info=error, stacklevel=2)
    except Exception:  # noqa: BLE001  # of a handler, a filter or a formatter of the project's
        excuse(message)


def excuse(message: str) -> None:
    """Say on stderr that an entry failed, as logging's own handlers say it; called where the exception is caught.

    It is not logged again: others may have written the entry.
    """
    _excuse.handleError(logging.makeLogRecord({"msg": message, "args": ()}))


def one_line(text: str) -> str:
    """Escape what could end a line, steer a terminal or hide itself: everything that is not printable.

    Shapes: `one_line("/a\\nb")` is "/a\\\\nb"; letters of every script stay as they are.
    """
    if text.isprintable() and "\\" not in text:
        return text
    return "".join([each if _is_plain(each) else each.encode("unicode_escape").decode() for each in text])


def _is_plain(character: str) -> bool:
    return character.isprintable() and character != "\\"
