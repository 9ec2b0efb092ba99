"""granian RSGI + asyncpg, plain rows, JSON by orjson: shows where a document is cheaper to make. Reads only."""

from by_hand import rows
from by_hand.pool import Pool
from common.questions import page_args, search_args

JSON = [("content-type", "application/json")]


class App:
    """The RSGI application."""

    def __rsgi_init__(self, loop):
        self.pool = Pool()
        loop.run_until_complete(self.pool.open())

    async def __rsgi__(self, scope, protocol):
        if scope.path == "/hello":
            return protocol.response_bytes(200, JSON, b'{"hello":"world"}')
        async with self.pool.lend() as connection:
            body = await self.read(connection, scope)
        if body is None:
            return protocol.response_bytes(404, JSON, b'{"detail":"not found"}')
        return protocol.response_bytes(200, JSON, body)

    async def read(self, connection, scope):
        if scope.path == "/books":
            return await rows.flat_page(connection, *page_args(scope.query_string))
        if scope.path == "/books/full":
            return await rows.full_page(connection, *page_args(scope.query_string))
        if scope.path == "/books/search":
            return await rows.found_books(connection, search_args(scope.query_string))
        return await rows.one_book(connection, int(scope.path[7:]))


app = App()
