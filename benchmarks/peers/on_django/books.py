"""The querysets and the mapping to structs that the peers with msgspec share."""

from django.db.models import Prefetch

from common.structs import BookFullOut, BookListOut, BookOut, BookSearchOut, Ref, ReviewItem, ReviewOut
from on_django.shop.models import Book, Review, Tag

TAGS = Prefetch("tags", queryset=Tag.objects.order_by("id"))
REVIEWS = Prefetch("reviews", queryset=Review.objects.order_by("id"))
DETAIL = Book.objects.select_related("author", "publisher").prefetch_related(TAGS)
FULL = Book.objects.order_by("id").select_related("author", "publisher").prefetch_related(TAGS, REVIEWS)


def search(country, min_price, max_price, tag, ordering):
    """Build the filtered queryset of the search."""
    filters = {"author__country": country, "price__gte": min_price, "price__lte": max_price, "tags__name": tag}
    given = {name: value for name, value in filters.items() if value is not None}
    return Book.objects.select_related("author").filter(**given).order_by(ordering)[:20]


def ref(row) -> Ref:
    return Ref(id=row.id, name=row.name)


def book_list_out(book: Book) -> BookListOut:
    return BookListOut(
        id=book.id,
        title=book.title,
        isbn=book.isbn,
        price=book.price,
        published=book.published,
        in_print=book.in_print,
        created_at=book.created_at,
        author_id=book.author_id,
        publisher_id=book.publisher_id,
    )


def book_search_out(book: Book) -> BookSearchOut:
    return BookSearchOut(
        id=book.id,
        title=book.title,
        isbn=book.isbn,
        price=book.price,
        published=book.published,
        in_print=book.in_print,
        created_at=book.created_at,
        publisher_id=book.publisher_id,
        author=ref(book.author),
    )


def book_out(book: Book) -> BookOut:
    return BookOut(
        id=book.id,
        title=book.title,
        isbn=book.isbn,
        price=book.price,
        published=book.published,
        in_print=book.in_print,
        created_at=book.created_at,
        author=ref(book.author),
        publisher=ref(book.publisher),
        tags=[ref(tag) for tag in book.tags.all()],
    )


def book_full_out(book: Book) -> BookFullOut:
    reviews = book.reviews.all()  # prefetched
    return BookFullOut(
        id=book.id,
        title=book.title,
        isbn=book.isbn,
        price=book.price,
        published=book.published,
        in_print=book.in_print,
        created_at=book.created_at,
        author=ref(book.author),
        publisher=ref(book.publisher),
        tags=[ref(tag) for tag in book.tags.all()],
        reviews=[
            ReviewItem(id=one.id, user_name=one.user_name, stars=one.stars, body=one.body, created_at=one.created_at)
            for one in reviews
        ],
        review_count=len(reviews),
        avg_stars=sum(one.stars for one in reviews) / len(reviews) if reviews else None,
    )


def review_out(review: Review) -> ReviewOut:
    return ReviewOut(
        id=review.id,
        book=review.book_id,
        user_name=review.user_name,
        stars=review.stars,
        body=review.body,
        created_at=review.created_at,
    )
