"""`manage.py nuages key`: make a key for access tokens, and say which setting takes it. It is kept nowhere."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from nuages.identify.new_keys import KINDS, new_key, new_secret

HELP = "make a key for access tokens"
_SECRET = """\
# A shared secret for HS256: only this project can check its tokens. Keep it out of the repository.
# settings: NUAGES_TOKEN_KEY = os.environ["NUAGES_TOKEN_KEY"]
{secret}
"""
_PAIR = """\
# A key pair for {algorithm}: others can check tokens by /.well-known/jwks.json. Keep it out of the repository.
# settings: NUAGES_TOKEN_KEYS = os.environ["NUAGES_TOKEN_KEYS"]; the first private key of "keys" signs.
{document}
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("algorithm", nargs="?", choices=KINDS, default="ES256", help="ES256 unless said otherwise")


def lines(options: dict[str, Any]) -> Iterator[str]:
    """Make a key; give what is to be printed."""
    algorithm = options["algorithm"]
    if algorithm == "HS256":
        yield _SECRET.format(secret=new_secret())
    else:
        yield _PAIR.format(algorithm=algorithm, document=json.dumps({"keys": [new_key(algorithm)]}))
