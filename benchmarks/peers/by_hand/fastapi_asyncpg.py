"""FastAPI + raw asyncpg, as an expert writes it: few plain queries, dicts, orjson, a Response returned directly."""

from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Annotated, Literal

import asyncpg
import jwt
from fastapi import Depends, FastAPI, HTTPException, Query, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from by_hand import rows
from common.environment import DATABASE, POOL, SECRET, SOCKET, USER


async def no_reset(_connection):
    """Save a round trip: every statement commits by itself, and no state of the session is ever set."""


@asynccontextmanager
async def lifespan(app):
    place = {"host": SOCKET, "user": USER, "database": DATABASE}
    async with asyncpg.create_pool(**place, min_size=POOL, max_size=POOL, reset=no_reset) as pool:
        app.state.pool = pool
        yield


app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
bearer = HTTPBearer()
Page = Annotated[int, Query(ge=1)]
Size = Annotated[int, Query(ge=1, le=100)]


def answer(body, status=200):
    return Response(body, status, media_type="application/json")


async def claims(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> dict:
    try:
        return jwt.decode(credentials.credentials, SECRET, algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401, "invalid token") from None


@app.get("/hello")
async def hello():
    return answer(rows.encode({"hello": "world"}))


@app.get("/books")
async def list_books(page: Page = 1, page_size: Size = 50):
    async with app.state.pool.acquire() as connection:
        return answer(await rows.flat_page(connection, page_size, (page - 1) * page_size))


@app.get("/books/full")
async def full_books(page: Page = 1, page_size: Size = 50):
    async with app.state.pool.acquire() as connection:
        return answer(await rows.full_page(connection, page_size, (page - 1) * page_size))


@app.get("/books/search")
async def search_books(
    country: str | None = None,
    min_price: Decimal | None = None,
    max_price: Decimal | None = None,
    tag: str | None = None,
    ordering: Literal["published", "-published", "price", "-price", "title", "-title"] = "-published",
):
    asked = {"country": country, "min_price": min_price, "max_price": max_price, "tag": tag, "ordering": ordering}
    async with app.state.pool.acquire() as connection:
        return answer(await rows.found_books(connection, asked))


async def find_book(book_id):
    async with app.state.pool.acquire() as connection:
        body = await rows.one_book(connection, book_id)
    if body is None:
        raise HTTPException(404, "book not found")
    return answer(body)


@app.get("/books/{book_id}")
async def get_book(book_id: int):
    return await find_book(book_id)


@app.get("/secure/books/{book_id}")
async def get_secure_book(book_id: int, user: Annotated[dict, Depends(claims)]):
    return await find_book(book_id)


class ReviewIn(BaseModel):
    book: int
    user_name: Annotated[str, Field(max_length=80)]
    stars: Annotated[int, Field(ge=1, le=5)]
    body: str


@app.post("/reviews", status_code=201)
async def create_review(data: ReviewIn):
    try:
        async with app.state.pool.acquire() as connection:
            return answer(await rows.new_review(connection, data), 201)
    except asyncpg.ForeignKeyViolationError:
        raise HTTPException(422, "book does not exist") from None
