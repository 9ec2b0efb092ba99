"""Turn an ISBN as people and spreadsheets write it into thirteen digits, or into nothing: never into a guess.

Source: ISBN Users' Manual, 7th edition, section 5 (structure and check digits).
"""

import re

# A spreadsheet that takes an ISBN-10 for a number drops its leading zeros. Real ISBNs begin with up to three
# (0-00-0... is HarperCollins); what is shorter still is more likely some other number that happens to check out.
_ISBN_10 = re.compile(r"(?!0+$)[0-9]{6,9}[0-9Xx]")  # zeros alone would check out, too
_ISBN_13 = re.compile(r"97[89][0-9]{10}")


def check_digit(first_twelve: str) -> str:
    """Give the last digit of the ISBN-13 that begins with these twelve: weights 1 and 3, modulo 10."""
    return str(-sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(first_twelve)) % 10)


def to_isbn_13(written: str) -> str | None:
    """Give the ISBN-13 for an ISBN-10 or ISBN-13, or None where it is malformed or its check digit is wrong.

    Shapes: "439023483" (an ISBN-10 that lost its zero) -> "9780439023481"; "9.78043902348e+12" -> None
    """
    compact = re.sub(r"[\s-]", "", written)
    if _ISBN_13.fullmatch(compact):
        return compact if compact[-1] == check_digit(compact[:12]) else None
    if _ISBN_10.fullmatch(compact) and _is_sound_10(compact.zfill(10)):
        first_twelve = "978" + compact.zfill(10)[:9]
        return first_twelve + check_digit(first_twelve)
    return None


def _is_sound_10(isbn: str) -> bool:
    # Weights 10 to 1, modulo 11, so the check digit may be ten: X.
    digits = [10 if character in "Xx" else int(character) for character in isbn]
    return sum(digit * (10 - place) for place, digit in enumerate(digits)) % 11 == 0
