"""What is wrong in NUAGES_ACCOUNTS stops the API before it serves: nuages.E047."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.checks import run_checks

from nuages import API, Session
from nuages.accounts.mistakes import deploy_mistakes
from nuages.errors import DeclarationError
from tests.http.accounting import ACCOUNTS, LINKS, MAILER, choose_mailer
from tests.support.plain_bearer import PlainBearer

LINK = "https://app.example/reset?token={token}"


def mistakes(*ways: Any) -> list[str]:
    """What is said of an API with logins."""
    found = API(title="Wrong", authenticate=ways or (PlainBearer(),)).mistakes()
    assert {mistake.id for mistake in found} <= {"nuages.E047"}
    return [str(mistake) for mistake in found]


def reset_by(link: Any) -> dict[str, Any]:
    """A setting with one link."""
    return {"reset_password": True, "links": {"reset": link}}


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (7, "is no dict"),
        ({"reset_pasword": True}, "there is no 'reset_pasword'.\n    HINT: Did you mean 'reset_password'?"),
        ({"register": "yes"}, "register: 'yes' is neither True nor False"),
        ({"change_password": 1}, "change_password: 1 is neither"),
        ({"lifetime_s": 0}, "lifetime_s: 0 is no whole number from 1"),
        ({"lifetime_s": 700_000}, "more than 604800, a week"),
        ({"mails": True}, "mails: True is no whole number"),
        ({"client_mails": 1.5}, "client_mails: 1.5"),
        ({"window_s": None}, "window_s: None"),
        ({"register": True}, "register is on and links has no 'confirm'"),
        ({"change_email": True, "links": {}}, "change_email is on and links has no 'email'"),
        ({"links": "x"}, "links is no dict"),
        ({"links": {"rest": LINK}}, "links: there is no 'rest'.\n    HINT: Did you mean 'reset'?"),
        (reset_by(7), "must have {token} once"),
        (reset_by("https://app.example/reset"), "must have {token} once"),
        (reset_by("https://app.example/{token}/{token}"), "must have {token} once"),
        (reset_by("http://app.example/reset?token={token}"), "must begin with https://"),
        (reset_by("javascript://app.example/{token}"), "must begin with https://"),
        (reset_by("/reset?token={token}"), "must be a whole URL"),
        (reset_by("https://{token}.example/"), "must be a whole URL"),
        (reset_by("https://app.example/a b?token={token}"), "has a blank"),
        (reset_by("https://app.example/\n?token={token}"), "has a blank"),
        ({"register": True, "fields": "first_name"}, "fields is no list"),
        ({"register": True, "fields": ["frst_name"]}, "'frst_name'.\n    HINT: Did you mean 'first_name'?"),
        ({"register": True, "fields": ["is_staff"]}, "'is_staff' is nothing that a registration may choose"),
        ({"register": True, "fields": ["id"]}, "'id' is nothing"),
        ({"register": True, "fields": ["password"]}, "'password' is nothing"),
        ({"register": True, "fields": ["email"]}, "'email' is nothing"),
        ({"register": True, "fields": ["date_joined"]}, "'date_joined' is nothing"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(settings: Any, setting: Any, said: str) -> None:
    """With the nearest right name; an API where nobody logs in does not mind."""
    links = {"links": LINKS} if isinstance(setting, dict) and "fields" in setting else {}
    settings.NUAGES_ACCOUNTS = setting | links if links else setting
    for ways in ((PlainBearer(),), (Session(login=True),)):
        with pytest.raises(DeclarationError, match=r"nuages\.E047"):
            API(title="Wrong", authenticate=ways).build()
        assert said in "\n".join(mistakes(*ways))
    assert mistakes(Session()) == []


def test_a_right_setting_is_none(settings: Any) -> None:
    """Nor is none at all; http:// is right with DEBUG."""
    for right in (None, {}, ACCOUNTS, ACCOUNTS | {"fields": ["first_name", "last_name"]}, reset_by(LINK)):
        settings.NUAGES_ACCOUNTS = right
        assert mistakes() == []
    settings.NUAGES_ACCOUNTS = reset_by("http://localhost:3000/reset#token={token}")
    assert len(mistakes()) == 1
    settings.DEBUG = True
    assert mistakes() == []


def test_the_user_model_must_fit(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address, a name that is a text, nothing that a new user would lack, templates."""
    settings.NUAGES_ACCOUNTS = ACCOUNTS
    user = get_user_model()
    with monkeypatch.context() as patch:
        patch.setattr(user, "EMAIL_FIELD", "mail")
        assert "has no field 'mail' for the e-mail address" in "\n".join(mistakes())
    with monkeypatch.context() as patch:
        patch.setattr(user, "USERNAME_FIELD", "id")
        assert "auth.User.id, the name that one logs in with, is no text" in "\n".join(mistakes())
    with monkeypatch.context() as patch:
        patch.setattr(user._meta.get_field("first_name"), "blank", False)
        patch.setattr(user._meta.get_field("last_name"), "unique", True)
        assert "a new auth.User needs 'first_name'" in "\n".join(mistakes())
        settings.NUAGES_ACCOUNTS = ACCOUNTS | {"fields": ["first_name", "last_name"]}
        assert ["'last_name' is unique" in said for said in mistakes()] == [True]
    settings.NUAGES_ACCOUNTS = ACCOUNTS
    settings.TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
    assert ["nuages/accounts/confirm.txt is not found" in said for said in mistakes()] == [True]


def test_the_tables_must_be_there(settings: Any) -> None:
    """Limits count in them."""
    settings.NUAGES_ACCOUNTS = ACCOUNTS
    settings.INSTALLED_APPS = [name for name in settings.INSTALLED_APPS if name != "nuages"]
    said = "\n".join(mistakes(Session(login=True)))
    assert "accounts count in tables, which are not there" in said


def test_mails_of_a_site_for_others_come_from_somebody_and_go_somewhere(settings: Any) -> None:
    """`check --deploy` says so, and no other."""
    settings.NUAGES_ACCOUNTS = ACCOUNTS
    choose_mailer(settings, "django.core.mail.backends.console.EmailBackend")
    first, second = [mistake.place for mistake in deploy_mistakes()]
    assert (first, second) == ("settings.DEFAULT_FROM_EMAIL", f"settings.{MAILER}")
    told = [each for each in run_checks(tags=["nuages"], include_deployment_checks=True) if each.id == "nuages.E047"]
    assert [each.msg.partition(":")[0] for each in told] == [first, second]
    assert "nuages.E047" not in {each.id for each in run_checks(tags=["nuages"])}
    settings.DEFAULT_FROM_EMAIL = "shop@app.example"
    choose_mailer(settings, "django.core.mail.backends.smtp.EmailBackend")
    assert ["would hold up every mail" in mistake.message for mistake in deploy_mistakes()] == [True]
    choose_mailer(settings, "django.core.mail.backends.smtp.EmailBackend", timeout=10)
    assert list(deploy_mistakes()) == []
    settings.DEFAULT_FROM_EMAIL, settings.NUAGES_ACCOUNTS = "webmaster@localhost", {}
    assert list(deploy_mistakes()) == []
