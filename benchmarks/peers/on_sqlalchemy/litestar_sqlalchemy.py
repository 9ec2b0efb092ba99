"""Litestar + SQLAlchemy 2 async + asyncpg, msgspec structs converted from ORM attributes."""

from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import Litestar, Request, get, post
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import Parameter
from litestar.security.jwt import JWTAuth, Token
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from common.environment import SECRET
from common.questions import ReviewIn
from common.structs import BookFullOut, BookListOut, BookOut, BookSearchOut, Ordering, ReviewOut
from on_sqlalchemy import queries
from on_sqlalchemy.models import Book, Review
from on_sqlalchemy.sessions import ReadSession, WriteSession


def to(objs: Any, type_: Any) -> Any:
    return msgspec.convert(objs, type_, from_attributes=True)


async def provide_read() -> AsyncGenerator[AsyncSession, None]:
    async with ReadSession() as s:
        yield s


async def provide_write() -> AsyncGenerator[AsyncSession, None]:
    async with WriteSession() as s:
        yield s


Page = Annotated[int, Parameter(ge=1)]
Size = Annotated[int, Parameter(ge=1, le=100)]


@get("/hello")
async def hello() -> dict[str, str]:
    return {"hello": "world"}


@get("/books", dependencies={"s": Provide(provide_read)})
async def list_books(s: AsyncSession, page: Page = 1, page_size: Size = 50) -> list[BookListOut]:
    return to((await s.scalars(queries.page(page, page_size))).all(), list[BookListOut])


@get("/books/full", dependencies={"s": Provide(provide_read)})
async def full_books(s: AsyncSession, page: Page = 1, page_size: Size = 50) -> list[BookFullOut]:
    return to((await s.scalars(queries.full(page, page_size))).all(), list[BookFullOut])


@get("/books/search", dependencies={"s": Provide(provide_read)})
async def search_books(
    s: AsyncSession,
    country: str | None = None,
    min_price: Decimal | None = None,
    max_price: Decimal | None = None,
    tag: str | None = None,
    ordering: Ordering = "-published",
) -> list[BookSearchOut]:
    return to(
        (await s.scalars(queries.search(country, min_price, max_price, tag, ordering))).all(), list[BookSearchOut]
    )


@get("/books/{book_id:int}", dependencies={"s": Provide(provide_read)})
async def get_book(s: AsyncSession, book_id: int) -> BookOut:
    book = await s.scalar(queries.detail(book_id))
    if book is None:
        raise NotFoundException("book not found")
    return to(book, BookOut)


@post("/reviews", dependencies={"s": Provide(provide_write)})
async def create_review(s: AsyncSession, data: ReviewIn) -> ReviewOut:
    if not await s.scalar(select(exists().where(Book.id == data.book))):
        raise ClientException("book does not exist", status_code=422)
    r = Review(book_id=data.book, user_name=data.user_name, stars=data.stars, body=data.body)
    s.add(r)
    await s.commit()
    return ReviewOut(
        id=r.id, book=r.book_id, user_name=r.user_name, stars=r.stars, body=r.body, created_at=r.created_at
    )


async def retrieve_user(token: Token, connection: ASGIConnection) -> str:
    return token.sub  # token check only, no user table look-up


jwt_auth = JWTAuth[str](retrieve_user_handler=retrieve_user, token_secret=SECRET, algorithm="HS256")


@get("/secure/books/{book_id:int}", dependencies={"s": Provide(provide_read)}, middleware=[jwt_auth.middleware])
async def get_secure_book(s: AsyncSession, book_id: int, request: Request[str, Token, Any]) -> BookOut:
    book = await s.scalar(queries.detail(book_id))
    if book is None:
        raise NotFoundException("book not found")
    return to(book, BookOut)


app = Litestar(
    route_handlers=[hello, list_books, full_books, search_books, get_book, get_secure_book, create_review],
    openapi_config=None,
    debug=False,
)
