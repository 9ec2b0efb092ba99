"""granian RSGI, constant bytes of the size of each workload's answer: what the server itself can do. No database."""

from pathlib import Path

from common.environment import CONSTANTS

JSON = [("content-type", "application/json")]
_FILES = {"/books": "W3", "/books/full": "W4", "/books/search": "W6"}
_BODIES = {path: Path(CONSTANTS, f"{name}.json").read_bytes() for path, name in _FILES.items()}
_BODIES["/hello"] = b'{"hello":"world"}'
_ONE_BOOK = Path(CONSTANTS, "W2.json").read_bytes()


async def app(scope, protocol):
    """The RSGI application."""
    protocol.response_bytes(200, JSON, _BODIES.get(scope.path, _ONE_BOOK))
