"""The demo's admin works for every model, and its forms never list a whole table."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

pytestmark = pytest.mark.urls("tests.bookshop.admin_urls")
MODELS = ["author", "publisher", "tag", "book", "review"]


@pytest.fixture
def shop_client(admin_client: Client) -> Client:
    """A client logged in as a superuser, before a shop of 40 books."""
    call_command("seed", books=40, verbosity=0, stdout=StringIO())
    return admin_client


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("page", ["", "?q=a", "add/", "1/change/", "1/delete/"])
def test_pages_of_every_model_open(shop_client: Client, model: str, page: str) -> None:
    """List, search, add, change and delete pages answer."""
    assert shop_client.get(f"/admin/shop/{model}/{page}").status_code == 200


def test_book_form_lists_no_table(shop_client: Client) -> None:
    """The form of a book offers only what is chosen already; the rest is searched for."""
    page = shop_client.get("/admin/shop/book/1/change/").content.decode()
    assert page.count("<option") <= 1 + 3 + 3 + 2 + 2  # author, coauthors, tags, publisher, empty choices


def test_empty_isbn_is_stored_as_unknown(shop_client: Client) -> None:
    """Two books without an ISBN can be saved in the admin: an empty box means unknown, not an empty text."""
    form = {"title": "T", "isbn": "", "price": "1", "stock": "1", "author": "1"}
    form |= {"created_at_0": "2024-01-01", "created_at_1": "0:00"}
    for _ in range(2):
        answer = shop_client.post("/admin/shop/book/add/", form)
        assert answer.status_code == 302, answer.content.decode()


@pytest.mark.parametrize("field", ["author", "publisher", "tags"])
def test_related_rows_are_found_by_typing(shop_client: Client, field: str) -> None:
    """The search behind the book form's boxes answers."""
    query = {"term": "a", "app_label": "shop", "model_name": "book", "field_name": field}
    assert shop_client.get("/admin/autocomplete/", query).status_code == 200
