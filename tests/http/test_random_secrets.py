"""Two databases that differ only in what is hidden answer every question byte for byte alike."""

from random import Random
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st

from nuages import API
from shop.invention import plan_sizes
from shop.seeding import seed_shop
from tests.http.asking import send
from tests.http.random_secrets import MODELS, Question, Secret, draw_questions, draw_secret, hidden_changes
from tests.http.writing import change

CHANGED = (200, 201, 204)


def _answer(api: API, question: Question, alias: str) -> tuple[int, bytes, list[tuple[str, str]]]:
    """What is answered; whatever a change has changed is undone."""
    method, url, document = question
    with transaction.atomic(using=alias):
        response = send(api, url) if method == "GET" else change(api, method, url, document)
        transaction.set_rollback(True, using=alias)
    headers = [(name, text) for name, text in response.headers if name != "Server-Timing"]
    return response.status, response.body, headers


def _answers(api: API, questions: list[Question], alias: str) -> list[Any]:
    found = []
    for question in questions:
        status, body, headers = _answer(api, question, alias)
        assert status < 500, (question, body)
        if question[0] != "GET" and status in CHANGED:
            continue  # what is stored by anybody may be shown, with keys that sequences give
        found.append((question, status, body, headers))
    return found


def test_answers_tell_nothing_of_what_is_hidden(database: Any) -> None:
    """Lists, members, counts, groups, searches, cursors, refusals, entity tags: of rows and of members."""
    seed_shop(plan_sizes(20), seed=7, using=database.alias)
    keys: dict[Any, list[int]] = {
        model: [*model._default_manager.order_by("pk").values_list("pk", flat=True)[:30], 99_999] for model in MODELS
    }

    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(seed=st.integers(0, 2**32))
    def check(seed: int) -> None:
        rng = Random(seed)
        secret: Secret = draw_secret(rng)
        api = secret.serve()
        questions = draw_questions(rng, keys)
        before = _answers(api, questions, database.alias)
        with hidden_changes(rng, secret, database.alias) as count:
            event(f"about {count // 10 * 10} changes")
            after = _answers(api, questions, database.alias)
        for mine, theirs in zip(before, after, strict=True):
            note(f"{secret}\n{mine[0]}")
            assert mine == theirs

    check()
