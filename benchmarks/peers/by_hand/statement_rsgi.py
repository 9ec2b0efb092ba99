"""granian RSGI + asyncpg: one hand-written statement a request, its bytes sent as they come."""

import asyncpg
import msgspec

from by_hand import statements
from by_hand.pool import Pool
from common.questions import page_args, review_decoder, search_args
from common.tokens import is_valid

JSON = [("content-type", "application/json")]


async def _leave_json(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("json", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary")


class App:
    """The RSGI application."""

    def __rsgi_init__(self, loop):
        self.pool = Pool()
        loop.run_until_complete(self.pool.open(_leave_json))

    async def ask(self, text, *values):
        """Run a statement; gives the bytes of its one document, or None."""
        async with self.pool.lend() as connection:
            return await connection.fetchval(text, *values)

    async def __rsgi__(self, scope, protocol):
        if scope.method == "POST":
            status, body = await self.write(await protocol())
        else:
            status, body = await self.read(scope)
        protocol.response_bytes(status, JSON, body)

    async def write(self, raw):
        try:
            review = review_decoder.decode(raw)
            new = (review.book, review.user_name, review.stars, review.body)
            return 201, await self.ask(statements.NEW_REVIEW, *new)
        except (msgspec.MsgspecError, asyncpg.ForeignKeyViolationError):
            return 422, b'{"detail":"invalid"}'

    async def read(self, scope):
        path = scope.path
        if path == "/hello":
            return 200, b'{"hello":"world"}'
        if path == "/books":
            body = await self.ask(statements.FLAT_PAGE, *page_args(scope.query_string))
        elif path == "/books/full":
            body = await self.ask(statements.FULL_PAGE, *page_args(scope.query_string))
        elif path == "/books/search":
            text, values = statements.search(**search_args(scope.query_string))
            body = await self.ask(text, *values)
        elif path.startswith("/books/"):
            body = await self.ask(statements.ONE_BOOK, int(path[7:]))
        elif path.startswith("/secure/books/"):
            if not is_valid(scope.headers.get("authorization")):
                return 401, b'{"detail":"token"}'
            body = await self.ask(statements.ONE_BOOK, int(path[14:]))
        else:
            body = None
        return (200, body) if body is not None else (404, b'{"detail":"not found"}')


app = App()
