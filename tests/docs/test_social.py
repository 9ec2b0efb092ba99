"""The settings that docs/reference/social.md and its how-to show are those of a project that the checks find right."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.checks import run_checks
from django.urls import include, path

from nuages import API, Bearer
from tests.docs.blocks import ROOT, blocks

api = API(title="Shown logins", authenticate=[Bearer()])
urlpatterns = [path("api/", api.urls), path("social/", include("nuages.social.urls"))]
PAGE = ROOT / "docs/reference/social.md"
HOW_TO = ROOT / "docs/how-to/social-login.md"


def _settings(page: Path, names: dict[str, Any]) -> None:
    """Run the page's settings on top of what stands in them already."""
    for block in blocks(page):
        if block.language == "python" and block.text.startswith("# settings.py"):
            exec(block.text, names)


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("pages", [[PAGE], [PAGE, HOW_TO]], ids=["reference", "how-to"])
def test_the_settings_of_the_pages_are_right(settings: Any, pages: list[Path]) -> None:
    """No E045, with --deploy neither; all apps and middleware that they name are those of these tests."""
    names: dict[str, Any] = {"INSTALLED_APPS": [], "MIDDLEWARE": []}
    for page in pages:
        _settings(page, names)
    assert set(names["INSTALLED_APPS"]) <= set(project.INSTALLED_APPS)
    assert set(names["MIDDLEWARE"]) <= set(project.MIDDLEWARE)
    given = {name: value for name, value in names.items() if name.startswith(("HEADLESS_", "SOCIALACCOUNT_"))}
    assert len(given) == 5
    for name, value in given.items():
        setattr(settings, name, value)
    settings.NUAGES_SOCIAL_API = api.title
    shown = run_checks(tags=["nuages"], include_deployment_checks=True)
    assert [str(each) for each in shown if each.id == "nuages.E045"] == []
