"""Flask + SQLAlchemy 2 (psycopg3) on gunicorn; the orjson provider is the extension point Flask documents for JSON."""

from decimal import Decimal
from typing import Annotated

import jwt
import orjson
from flask import Flask, abort, g, request
from flask.json.provider import JSONProvider
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import create_engine, exists, select
from sqlalchemy.orm import sessionmaker

from common.environment import DATABASE, POOL, SECRET, SOCKET, USER
from on_sqlalchemy import queries
from on_sqlalchemy.models import Book, Review

engine = create_engine(f"postgresql+psycopg://{USER}@/{DATABASE}?host={SOCKET}", pool_size=POOL, max_overflow=0)
ReadSession = sessionmaker(
    engine.execution_options(isolation_level="AUTOCOMMIT"), expire_on_commit=False, autoflush=False
)
WriteSession = sessionmaker(engine, expire_on_commit=False)


class ORJSONProvider(JSONProvider):
    def dumps(self, obj, **kw):
        return orjson.dumps(obj, default=str).decode()

    def loads(self, s, **kw):
        return orjson.loads(s)

    def response(self, *args, **kw):
        return self._app.response_class(
            orjson.dumps(self._prepare_response_obj(args, kw), default=str), mimetype="application/json"
        )


app = Flask(__name__)
app.json = ORJSONProvider(app)


class ReviewIn(BaseModel):
    book: int
    user_name: Annotated[str, Field(max_length=80)]
    stars: Annotated[int, Field(ge=1, le=5)]
    body: str


def base(b):
    return {
        "id": b.id,
        "title": b.title,
        "isbn": b.isbn,
        "price": b.price,
        "published": b.published,
        "in_print": b.in_print,
        "created_at": b.created_at,
    }


def ref(o):
    return {"id": o.id, "name": o.name}


def nested(b):
    return {**base(b), "author": ref(b.author), "publisher": ref(b.publisher), "tags": [ref(t) for t in b.tags]}


def page_args():
    return max(request.args.get("page", 1, int), 1), min(request.args.get("page_size", 50, int), 100)


@app.get("/hello")
def hello():
    return {"hello": "world"}


@app.get("/books")
def list_books():
    with ReadSession() as s:
        return [
            {**base(b), "author_id": b.author_id, "publisher_id": b.publisher_id}
            for b in s.scalars(queries.page(*page_args()))
        ]


@app.get("/books/full")
def full_books():
    with ReadSession() as s:
        out = []
        for b in s.scalars(queries.full(*page_args())):
            d = nested(b)
            d["reviews"] = [
                {"id": r.id, "user_name": r.user_name, "stars": r.stars, "body": r.body, "created_at": r.created_at}
                for r in b.reviews
            ]
            d["review_count"] = b.review_count
            d["avg_stars"] = b.avg_stars
            out.append(d)
        return out


@app.get("/books/search")
def search_books():
    a = request.args
    ordering = a.get("ordering", "-published")
    if ordering not in queries.ORDERINGS:
        abort(400)
    stmt = queries.search(
        a.get("country"), a.get("min_price", type=Decimal), a.get("max_price", type=Decimal), a.get("tag"), ordering
    )
    with ReadSession() as s:
        return [{**base(b), "publisher_id": b.publisher_id, "author": ref(b.author)} for b in s.scalars(stmt)]


@app.get("/books/<int:book_id>")
def get_book(book_id):
    with ReadSession() as s:
        b = s.scalar(queries.detail(book_id))
        if b is None:
            abort(404)
        return nested(b)


@app.get("/secure/books/<int:book_id>")
def get_secure_book(book_id):
    header = request.headers.get("Authorization", "")
    try:
        g.claims = jwt.decode(header.removeprefix("Bearer "), SECRET, algorithms=["HS256"])
    except jwt.PyJWTError:
        abort(401)
    return get_book(book_id)


@app.post("/reviews")
def create_review():
    try:
        data = ReviewIn.model_validate_json(request.get_data())
    except ValidationError as e:
        return e.errors(include_url=False, include_context=False), 422
    with WriteSession() as s:
        if not s.scalar(select(exists().where(Book.id == data.book))):
            return {"detail": "book does not exist"}, 422
        r = Review(book_id=data.book, user_name=data.user_name, stars=data.stars, body=data.body)
        s.add(r)
        s.commit()
        return {
            "id": r.id,
            "book": r.book_id,
            "user_name": r.user_name,
            "stars": r.stars,
            "body": r.body,
            "created_at": r.created_at,
        }, 201
