"""What docs/reference/accounts.md shows is sent, in order, and answered as it shows, on both databases."""

import json
from dataclasses import fields
from typing import Any

from django.contrib.auth import get_user_model

from nuages.accounts.letters import KINDS, template_of
from nuages.accounts.terms import Accounts
from nuages.http.request import Request
from tests.docs.asked import is_shown
from tests.docs.blocks import ROOT, blocks
from tests.docs.test_logged_in import split
from tests.http.accounting import LOCMEM, choose_mailer, last_mail, mails, token_of
from tests.http.entering import log_in, make_api, make_user

PAGE = ROOT / "docs/reference/accounts.md"


def test_what_is_sent_is_answered_as_shown(database: Any, settings: Any) -> None:
    """With the setting of the page; each {token} is that of the mail before."""
    scope: dict[str, Any] = {}
    exec(next(block.text for block in blocks(PAGE) if "NUAGES_ACCOUNTS" in block.text), scope)
    settings.NUAGES_ACCOUNTS = scope["NUAGES_ACCOUNTS"]
    choose_mailer(settings, LOCMEM)
    messages = [split(block.text) for block in blocks(PAGE) if block.language == "http"]
    assert len(messages) == 12
    make_user()
    api = make_api()
    access, token = log_in(api)["access_token"], ""
    for (asked, named, body), (line, said, shown) in zip(messages[::2], messages[1::2], strict=True):
        raw, (method, _, target) = body.replace("{token}", token).encode(), asked.partition(" ")
        headers = {**named, "content-length": str(len(raw))}
        if "authorization" in headers:
            headers["authorization"] = f"Bearer {access}"
        path = target.removeprefix("/api")
        request = Request(method, path, "", headers, "/api", peer="192.0.2.1", read=lambda size, raw=raw: raw[:size])
        response = api.handle(request)
        assert response.status == int(line.split()[1]), (asked, response.body)
        for name, value in said.items():
            assert response.header(name) == value
        assert bool(response.body) == bool(shown), asked
        assert not shown or is_shown(json.loads(shown), json.loads(response.body)), (asked, response.body)
        if response.status == 202:
            mails()
            token = token_of(last_mail()) if "token=" in last_mail().body else ""
    assert get_user_model().objects.get(username="zoe").check_password("yet another good one")


def test_the_terms_and_the_mails_are_those_of_the_code() -> None:
    """Every name, with its default; every template, with what it is given."""
    text = PAGE.read_text()
    table = text.split("## Terms")[1].split("\n\n")[1]
    for field in fields(Accounts):
        assert f"`{field.name}`" in table
    assert f"{Accounts().lifetime_s:,} |" in table
    assert f"{Accounts().mails}, {Accounts().client_mails}, {Accounts().window_s:,} |" in table
    for kind in KINDS:
        [row] = [line for line in text.splitlines() if line.startswith(f"| `{kind}.txt`")]
        source = (ROOT / "src/nuages/templates" / template_of(kind)).read_text()
        for name in ("title", "link", "minutes", "username"):
            assert (f"`{name}`" in row) == ("{{ " + name + " }}" in source), (kind, name)
