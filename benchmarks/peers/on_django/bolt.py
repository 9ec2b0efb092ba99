"""django-bolt: async handlers on the async ORM, msgspec structs, tokens checked by Bolt's Rust layer."""

from decimal import Decimal

from django.conf import settings
from django_bolt import BoltAPI
from django_bolt.auth import IsAuthenticated, JWTAuthentication
from django_bolt.exceptions import NotFound, UnprocessableEntity

from common.questions import ReviewIn
from common.structs import BookFullOut, BookListOut, BookOut, BookSearchOut, Ordering, ReviewOut
from on_django.books import DETAIL, FULL, book_full_out, book_out, book_search_out, review_out, search
from on_django.shop.models import Book, Review

api = BoltAPI()
bearer = JWTAuthentication(secret=settings.SECRET_KEY, algorithms=["HS256"])


@api.get("/hello")
async def hello():
    return {"hello": "world"}


@api.get("/books")
async def list_books(page: int = 1, page_size: int = 50) -> list[BookListOut]:
    start = (page - 1) * page_size
    return Book.objects.order_by("id")[start : start + page_size]  # Bolt evaluates it on its ORM threads


@api.get("/books/full")
async def full_books(page: int = 1, page_size: int = 50) -> list[BookFullOut]:
    start = (page - 1) * page_size
    return [book_full_out(book) async for book in FULL[start : start + page_size]]


@api.get("/books/search")
async def search_books(
    country: str | None = None,
    min_price: Decimal | None = None,
    max_price: Decimal | None = None,
    tag: str | None = None,
    ordering: Ordering = "-published",
) -> list[BookSearchOut]:
    return [book_search_out(book) async for book in search(country, min_price, max_price, tag, ordering)]


async def find_book(book_id: int) -> BookOut:
    try:
        return book_out(await DETAIL.aget(id=book_id))
    except Book.DoesNotExist:
        raise NotFound(detail="book not found") from None


@api.get("/books/{book_id}")
async def get_book(book_id: int) -> BookOut:
    return await find_book(book_id)


@api.get("/secure/books/{book_id}", auth=[bearer], guards=[IsAuthenticated()])
async def get_secure_book(book_id: int) -> BookOut:
    return await find_book(book_id)


@api.post("/reviews", status_code=201)
async def create_review(data: ReviewIn) -> ReviewOut:
    if not await Book.objects.filter(id=data.book).aexists():
        raise UnprocessableEntity(detail="book does not exist")
    review = await Review.objects.acreate(book_id=data.book, user_name=data.user_name, stars=data.stars, body=data.body)
    return review_out(review)
