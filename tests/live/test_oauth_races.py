"""Many who exchange one code, or refresh and revoke one token, at once: two processes, on both databases."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.live.processes import manage
from tests.live.racing import CLIENTS, IS_SOAK, ROUNDS, at_once
from tests.live.relying import Provider, providing
from tests.support.postgres import temp_postgres

_COUNT = """
from oauth2_provider.models import AccessToken, Grant, IDToken, RefreshToken
live = RefreshToken.objects.filter(revoked=None)
print(Grant.objects.count(), live.count(), AccessToken.objects.count(), IDToken.objects.count())
"""


@pytest.fixture(scope="module", params=["sqlite", "postgres", *(["deferred"] if IS_SOAK else [])])
def racing(
    request: pytest.FixtureRequest, seeded: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Provider]:
    """A provider with two workers, of four threads each."""
    directory = tmp_path_factory.mktemp(f"races-{request.param}")
    if request.param != "postgres":
        # "deferred" is what Django does unless told otherwise: a transaction takes its lock when it first writes.
        mode = "DEFERRED" if request.param == "deferred" else "IMMEDIATE"
        with providing(seeded, directory, "--workers", "2", TEST_SQLITE_MODE=mode) as provider:
            yield provider
        return
    with temp_postgres() as cluster:
        url = f"postgres://postgres@{quote(str(cluster.directory), safe='')}/postgres"
        done = manage(directory, "migrate", "--verbosity", "0", DATABASE_URL=url)
        assert done.returncode == 0, done.stderr
        with providing(seeded, directory, "--workers", "2", url=url) as provider:
            yield provider


def _errors(replies: list[httpx.Response]) -> Counter[str]:
    return Counter(r.json()["error"] if r.status_code == 400 else str(r.status_code) for r in replies)


def _stored(racing: Provider) -> list[int]:
    return [int(number) for number in racing.manage("shell", "-v0", "-c", _COUNT).split()]


def test_one_of_many_gets_tokens_for_a_code(racing: Provider) -> None:  # O07, O06
    """In each round one 200 and the rest invalid_grant; two have the code, so that nothing of it is good."""
    app = racing["public"]
    for _ in range(ROUNDS):
        with racing.browser() as browser:
            given = browser.allow(app, scope="openid books:read")
        replies = at_once(lambda _, given=given: racing.exchange(app, given))
        assert _errors(replies) == {"200": 1, "invalid_grant": CLIENTS - 1}, [r.text for r in replies]
        [winner] = [reply.json() for reply in replies if reply.status_code == 200]
        assert racing.introspect(racing["confidential"], winner["access_token"]) == {"active": False}
        assert racing.refresh(app, winner["refresh_token"]).json() == {"error": "invalid_grant"}
    assert _stored(racing) == [0, 0, 0, ROUNDS]
    assert racing.server.said().count("An authorization code was used again") == ROUNDS


def test_one_of_many_gets_the_successor_of_a_token(racing: Provider) -> None:  # R04
    """In each round one 200 and the rest invalid_grant; the family is revoked, and that is logged once."""
    app = racing["public"]
    before = racing.server.said().count("A refresh token was used again")
    for _ in range(ROUNDS):
        token = racing.tokens(app)["refresh_token"]
        replies = at_once(lambda _, token=token: racing.refresh(app, token))
        assert _errors(replies) == {"200": 1, "invalid_grant": CLIENTS - 1}, [r.text for r in replies]
        [winner] = [reply.json() for reply in replies if reply.status_code == 200]
        assert racing.refresh(app, winner["refresh_token"]).json() == {"error": "invalid_grant"}
    assert _stored(racing)[1:3] == [0, 0]
    assert racing.server.said().count("A refresh token was used again") == before + ROUNDS


def test_nothing_lives_after_a_revocation(racing: Provider) -> None:  # R09
    """Whoever refreshes while the family is revoked gets in before it or not at all."""
    app = racing["public"]
    for _ in range(ROUNDS):
        token = racing.tokens(app)["refresh_token"]

        def send(number: int, token: str = token) -> httpx.Response:
            if number:
                return racing.refresh(app, token)
            return racing.post("revoke/", {"token": token, "client_id": app.client_id})

        replies = at_once(send)
        assert replies[0].status_code == 200
        assert set(_errors(replies[1:])) <= {"200", "invalid_grant"}, [r.text for r in replies]
    assert _stored(racing)[1:3] == [0, 0]
