"""FastAPI + SQLAlchemy 2 async + asyncpg: return types drive Pydantic validation and serialization, as documented."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

import jwt
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from common.environment import SECRET
from on_sqlalchemy import queries
from on_sqlalchemy.models import Book, Review
from on_sqlalchemy.sessions import ReadSession, WriteSession

app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


class Model(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Ref(Model):
    id: int
    name: str


class BookBase(Model):
    id: int
    title: str
    isbn: str
    price: Decimal
    published: date
    in_print: bool
    created_at: datetime


class BookListOut(BookBase):
    author_id: int
    publisher_id: int


class BookOut(BookBase):
    author: Ref
    publisher: Ref
    tags: list[Ref]


class ReviewItem(Model):
    id: int
    user_name: str
    stars: int
    body: str
    created_at: datetime


class BookFullOut(BookOut):
    reviews: list[ReviewItem]
    review_count: int
    avg_stars: float | None


class BookSearchOut(BookBase):
    publisher_id: int
    author: Ref


class ReviewIn(BaseModel):
    book: int
    user_name: Annotated[str, Field(max_length=80)]
    stars: Annotated[int, Field(ge=1, le=5)]
    body: str


class ReviewOut(ReviewItem):
    book: Annotated[int, Field(validation_alias="book_id")]


class Hello(BaseModel):
    hello: str


async def read_session():
    async with ReadSession() as s:
        yield s


async def write_session():
    async with WriteSession() as s:
        yield s


Read = Annotated[AsyncSession, Depends(read_session)]
Write = Annotated[AsyncSession, Depends(write_session)]
bearer = HTTPBearer()


async def claims(cred: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> dict:
    try:
        return jwt.decode(cred.credentials, SECRET, algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401, "invalid token") from None


Page = Annotated[int, Query(ge=1)]
Size = Annotated[int, Query(ge=1, le=100)]


@app.get("/hello")
async def hello() -> Hello:
    return Hello(hello="world")


@app.get("/books", response_model=list[BookListOut])
async def list_books(s: Read, page: Page = 1, page_size: Size = 50):
    return (await s.scalars(queries.page(page, page_size))).all()


@app.get("/books/full", response_model=list[BookFullOut])
async def full_books(s: Read, page: Page = 1, page_size: Size = 50):
    return (await s.scalars(queries.full(page, page_size))).all()


@app.get("/books/search", response_model=list[BookSearchOut])
async def search_books(
    s: Read,
    country: str | None = None,
    min_price: Decimal | None = None,
    max_price: Decimal | None = None,
    tag: str | None = None,
    ordering: Literal["published", "-published", "price", "-price", "title", "-title"] = "-published",
):
    return (await s.scalars(queries.search(country, min_price, max_price, tag, ordering))).all()


@app.get("/books/{book_id}", response_model=BookOut)
async def get_book(book_id: int, s: Read):
    book = await s.scalar(queries.detail(book_id))
    if book is None:
        raise HTTPException(404, "book not found")
    return book


@app.get("/secure/books/{book_id}", response_model=BookOut)
async def get_secure_book(book_id: int, s: Read, user: Annotated[dict, Depends(claims)]):
    book = await s.scalar(queries.detail(book_id))
    if book is None:
        raise HTTPException(404, "book not found")
    return book


@app.post("/reviews", status_code=201, response_model=ReviewOut)
async def create_review(data: ReviewIn, s: Write):
    if not await s.scalar(select(exists().where(Book.id == data.book))):
        raise HTTPException(422, "book does not exist")
    review = Review(book_id=data.book, user_name=data.user_name, stars=data.stars, body=data.body)
    s.add(review)
    await s.commit()
    return review
