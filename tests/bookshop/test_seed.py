"""`seed` invents the same shop each time, and never destroys one unasked."""

import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from shop.invention import invent_tables, plan_sizes
from shop.isbn import to_isbn_13
from shop.models import Author, Book, Publisher, Review, Tag
from shop.tables import MODELS


def _seed(database: BaseDatabaseWrapper, **options: object) -> str:
    said = StringIO()
    call_command("seed", **{"database": database.alias, "books": 40, "verbosity": 0, "stdout": said} | options)
    return said.getvalue()


def _fingerprint() -> str:
    rows = [list(model._default_manager.order_by("pk").values_list()) for model in MODELS]
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]


def test_same_seed_makes_the_same_rows_everywhere(database: BaseDatabaseWrapper) -> None:
    """Keys and values are those written here, on every database, Python and Django.

    Who changes the words or how they are drawn changes the fingerprint; nothing else may.
    """
    _seed(database, seed=7)
    assert _fingerprint() == "d17f6941b28e7fa9"


def test_same_seed_makes_the_same_rows_again(database: BaseDatabaseWrapper) -> None:
    """Replacing a shop by one of the same seed leaves it equal, keys included."""
    _seed(database)
    before = _fingerprint()
    _seed(database, replace=True)
    assert _fingerprint() == before


def test_another_seed_makes_other_rows(database: BaseDatabaseWrapper) -> None:
    """Two seeds are two shops."""
    _seed(database)
    before = _fingerprint()
    _seed(database, seed=2, replace=True)
    assert _fingerprint() != before


def test_numbers_follow_the_books(database: BaseDatabaseWrapper) -> None:
    """Ten books an author, a hundred a publisher, three tags and five reviews a book."""
    _seed(database, books=400)
    assert (Book.objects.count(), Author.objects.count(), Publisher.objects.count()) == (400, 40, 4)
    assert (Tag.objects.count(), Book.tags.through.objects.count(), Review.objects.count()) == (20, 1200, 2000)


@pytest.mark.parametrize("books", [1, 2, 40, 2_000])
def test_invented_values_fit_their_columns(books: int) -> None:
    """What a form would refuse is not invented either, and the keys are 1, 2, 3 and so on."""
    for table in invent_tables(plan_sizes(books), 1):
        relations = {field.name for field in table.model._meta.fields if field.is_relation}
        rows = [table.model(**dict(zip(table.columns.split(), row, strict=True))) for row in table.rows]
        assert [row.pk for row in rows] == list(range(1, table.count + 1))
        for row in rows:
            row.clean_fields(exclude=relations)


@pytest.mark.parametrize("books", [1, 2, 40, 2_000])
def test_links_join_rows_that_exist(books: int) -> None:
    """No tag or coauthor is linked to a book twice, and none that there is not."""
    tables = {table.label: table for table in invent_tables(plan_sizes(books), 1)}
    for label, target in (("tag links", "tags"), ("coauthors", "authors")):
        pairs = [row[1:] for row in tables[label].rows]
        assert len(set(pairs)) == len(pairs)
        assert all(0 < book <= books and 0 < other <= tables[target].count for book, other in pairs)


def test_data_is_uneven_and_awkward(database: BaseDatabaseWrapper) -> None:
    """Some values are missing, some books have no review and some many, and text is not plain ASCII."""
    _seed(database, books=400)
    for missing in ({"isbn": None}, {"published": None}, {"publisher": None}):
        assert 0 < Book.objects.filter(**missing).count() < 100
    assert Author.objects.filter(born=None).exists()
    reviews = Counter(Review.objects.values_list("book", flat=True))
    assert len(reviews) < 400
    assert max(reviews.values()) > 30
    assert Book.objects.filter(title__contains='"').exists()
    assert any(not name.isascii() for name in Author.objects.values_list("name", flat=True))
    assert Book.coauthors.through.objects.exists()


def test_isbns_check_out_and_belong_to_nobody(database: BaseDatabaseWrapper) -> None:
    """An invented ISBN has a right check digit, in a range that was never assigned."""
    _seed(database)
    isbns = [isbn for isbn in Book.objects.values_list("isbn", flat=True) if isbn]
    assert all(isbn == to_isbn_13(isbn) and isbn.startswith("9795") for isbn in isbns)


def test_new_rows_get_free_keys_afterwards(database: BaseDatabaseWrapper) -> None:
    """The sequences stand behind the explicit keys, so the next row is simply the next."""
    _seed(database)
    author = Author.objects.create(name="New")
    book = Book.objects.create(title="New", price=1, author=author)
    book.tags.add(Tag.objects.create(name="new"))
    assert (author.pk, book.pk) == (6, 41)


def test_if_empty_leaves_a_shop_alone(database: BaseDatabaseWrapper) -> None:
    """With --if-empty a second run says that it has nothing to do."""
    assert "Seeded 40 books" in _seed(database, if_empty=True)
    before = _fingerprint()
    assert _seed(database, seed=2, if_empty=True) == "The shop already has 40 books: nothing to do.\n"
    assert _fingerprint() == before


def test_two_servers_starting_together_seed_once(database: BaseDatabaseWrapper, transactional_db: None) -> None:
    """Of two that run --if-empty at the same moment, one seeds and the other waits and finds it done."""

    def seed(number: int) -> str:
        try:
            return _seed(database, seed=number, if_empty=True)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(seed, (1, 2)))
    assert said[0].startswith("Seeded 40 books")
    assert said[1] == "The shop already has 40 books: nothing to do.\n"


def test_existing_rows_are_not_replaced_unasked(database: BaseDatabaseWrapper) -> None:
    """Without a word on what to do, a shop with rows is an error that names the next step."""
    Author.objects.create(name="Somebody")
    with pytest.raises(CommandError, match=r"already has 1 author\. .*--replace"):
        _seed(database)
    assert not Book.objects.exists()


@pytest.mark.parametrize("books", ["0", "-1", "many", "1.5", "²", "10000001"])
def test_number_of_books_is_checked(books: str) -> None:
    """--books takes a whole number with an end, and says so."""
    with pytest.raises(CommandError, match="is not a whole number from 1 to 10,000,000"):
        call_command("seed", "--books", books)


def test_if_empty_and_replace_exclude_each_other() -> None:
    """To keep and to delete cannot both be meant."""
    with pytest.raises(CommandError, match="not allowed with"):
        call_command("seed", "--if-empty", "--replace")


@pytest.mark.parametrize("stars", [0, 6])
def test_database_refuses_stars_out_of_range(database: BaseDatabaseWrapper, stars: int) -> None:
    """One to five stars is a rule of the table, not only of forms."""
    _seed(database)
    with pytest.raises(IntegrityError), transaction.atomic(using=database.alias):
        Review.objects.create(book_id=1, user_name="x", stars=stars, body="")


def test_stages_are_told_on_standard_error(database: BaseDatabaseWrapper) -> None:
    """Where nobody watches, progress is one plain line a stage, beside the result and not in it."""
    told = StringIO()
    said = _seed(database, verbosity=1, stderr=told)
    assert told.getvalue().splitlines()[:4] == ["5 authors", "2 publishers", "10 tags", "40 books"]
    assert said.startswith("Seeded 40 books (seed 1) in ")
