"""Ask Redis or Valkey in its present run, and leave one that has failed alone for a while. What is asked is others'.

Every key begins with the run of the server that it was written in. What a server brings back from its disk when it
starts anew, or what a replica that takes over has not heard of, is then out of reach: nothing old comes back with it.
Only a project with the extra `redis` can import this.
Source: redis.io/docs/latest/commands/info, "run_id".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from redis.exceptions import RedisError

from nuages.counting.counters import counter
from nuages.redis_client import Patience, Unanswered, make_client

Answer = TypeVar("Answer")
_RUN = re.compile(r"run_id:(\w+)")
_PREFIX = "nuages:cache:"


class Server:
    """One server, which may be started anew, or be replaced by another.

    Shapes: `client` sends commands, inside of `ask` alone.
    Raises: ImportError without the extra `redis`; ValueError for what is no address of a Redis.
    """

    def __init__(self, url: str) -> None:
        self.client = make_client(url, self._greet)
        self.patience = Patience()
        self._failures = counter(
            "nuages_cache_store_failures_total", "How often Redis could not be asked for the cache."
        )
        self._run = ""

    def ask(self, question: Callable[[str], Answer], *, is_due: bool = False) -> Answer:
        """Put a question in the present run; once more where it turned out to be another.

        Shapes: the question is given what its keys begin with.
        Raises: Unanswered, as `Patience.ask`.
        """
        failed = self.patience.failed
        try:
            return self.patience.ask(lambda: self._in_one_run(question), is_due=is_due)
        finally:
            if self.patience.failed != failed:
                self._failures.add()

    def _in_one_run(self, question: Callable[[str], Answer]) -> Answer:
        if not self._run:
            self.client.ping()
        run = self._run
        answer = question(f"{_PREFIX}{run}:")
        if run != self._run:
            raise Unanswered("The server was started anew.")
        return answer

    def _greet(self, connection: Any) -> None:
        """Learn of each new connection which run of the server it leads to."""
        connection.on_connect()
        connection.send_command("INFO", "server")
        said = connection.read_response()
        found = _RUN.search(said.decode() if isinstance(said, bytes) else str(said))
        if found is None:
            raise RedisError("INFO names no run_id")
        self._run = found[1]
