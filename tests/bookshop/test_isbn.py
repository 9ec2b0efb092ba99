"""An ISBN becomes thirteen digits only where its check digit proves it."""

import pytest

from shop.isbn import check_digit, to_isbn_13

SOUND = [
    ("0439023483", "9780439023481"),
    ("439023483", "9780439023481"),  # a spreadsheet dropped the leading zero
    ("6280560", "9780006280569"),  # ... three of them
    ("043965548X", "9780439655484"),
    ("043965548x", "9780439655484"),
    ("0-439-02348-3", "9780439023481"),
    (" 0 439 02348 3 ", "9780439023481"),
    ("9780439023481", "9780439023481"),
    ("978-0-439-02348-1", "9780439023481"),
    ("9791032300824", "9791032300824"),  # 979 has no ISBN-10
]
UNSOUND = [
    "",
    "0439023484",  # check digit wrong
    "812971060",
    "9780439023482",
    "9.78043902348e+12",  # digits lost
    "9.78043902348E+12",
    "9780439023481.0",
    "97893806587.0",
    "0000000",  # nothing but zeros, whose sum would be right
    "0000000000",
    "0",
    "19",  # sum right, but so short that it is another number
    "1234567890123",  # neither 978 nor 979
    "04390234X3",
    "٠٤٣٩٠٢٣٤٨٣",  # digits, but not ASCII ones
    "isbn",
]


@pytest.mark.parametrize(("written", "isbn"), SOUND)
def test_sound_isbn_becomes_thirteen_digits(written: str, isbn: str) -> None:
    """An ISBN-10 or ISBN-13 with the right check digit gives its ISBN-13, however it is punctuated."""
    assert to_isbn_13(written) == isbn


@pytest.mark.parametrize("written", UNSOUND)
def test_unsound_isbn_becomes_nothing(written: str) -> None:
    """What is malformed, rounded or does not check out gives None, never a guess."""
    assert to_isbn_13(written) is None


@pytest.mark.parametrize("isbn", [isbn for _, isbn in SOUND])
def test_check_digit_is_the_last(isbn: str) -> None:
    """The check digit of the first twelve digits is the thirteenth."""
    assert check_digit(isbn[:12]) == isbn[12]
