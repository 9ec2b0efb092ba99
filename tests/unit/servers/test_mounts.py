"""The straight path takes the paths that Django would give to the same core, and no other."""

import sys
from types import ModuleType
from typing import Any

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import Resolver404, include, path, re_path, resolve
from django.utils.translation import gettext_lazy

from nuages.http.request import Request
from nuages.http.response import Response
from nuages.servers.django_view import urls_for
from nuages.servers.mounts import Mount, find_mounts


def _core(request: Request) -> Response:
    """A core."""
    return Response(200)


def _other(request: Request) -> Response:
    """Another core."""
    return Response(200)


def _page(request: HttpRequest, **parts: str) -> HttpResponse:
    """A view of the project."""
    return HttpResponse()


API = urls_for(_core)
OTHER = urls_for(_other)
STATIC_FILES = re_path(r"^media/(?P<path>.*)$", _page)

# What stands in the URLconf, and the beginnings of the straight ways: the longest first.
CASES: list[Any] = [
    pytest.param([path("api/", API)], ["/api/"], id="one"),
    pytest.param([path("", API)], ["/"], id="at the root"),
    pytest.param([path("api/", API), path("api/v2/", OTHER)], ["/api/"], id="the second is out of reach in Django too"),
    pytest.param([path("api/v2/", OTHER), path("api/", API)], ["/api/v2/", "/api/"], id="the longer first"),
    pytest.param([path("x/", include([path("api/", API)]))], ["/x/api/"], id="included"),
    pytest.param([path("", include([path("api/", API)]))], ["/api/"], id="included at the root"),
    pytest.param([path("", _page), STATIC_FILES, path("api/", API)], ["/api/"], id="after other pages"),
    pytest.param([path("api/about/", _page), path("api/", API)], ["/api/"], id="after a page below it"),
    pytest.param([path("api/", _page), path("api/", API)], ["/api/"], id="after a page in its place"),
    pytest.param([path("admin/<path:rest>", _page), STATIC_FILES, path("", API)], ["/"], id="root, last"),
    pytest.param([path("api/y<int:year>/", _page), path("api/", API)], ["/api/"], id="after a varying page below"),
    pytest.param([path("<slug:name>/", _page), path("api/", API)], [], id="after a page that may match the prefix"),
    pytest.param([path("api/<int:year>/", _page), path("api/", API)], [], id="after a page right below the prefix"),
    pytest.param([re_path(r"^.*$", _page), path("api/", API)], [], id="after a page for everything"),
    pytest.param([re_path(r"^apix?/", _page), path("api/", API)], [], id="after a doubtful letter"),
    pytest.param([re_path(r"^b/|^a", _page), path("api/", API)], [], id="after an alternative"),
    pytest.param([re_path(r"i/$", _page), path("api/", API)], [], id="after a loose end"),
    pytest.param([path("<slug:tenant>/api/", API)], [], id="varying prefix"),
    pytest.param([re_path(r"^api/", API)], [], id="regular expression"),
    pytest.param(i18n_patterns(path("api/", API)), [], id="language prefix"),
    pytest.param([path(gettext_lazy("api/"), API)], [], id="translated prefix"),
    pytest.param([path("api", API)], [], id="no slash at the end"),
    pytest.param([path("page/", _page)], [], id="none"),
]
PATHS = [
    *("/", "/api", "/api/", "/api/books", "/api/books/7", "/api//books", "//api/books", "/API/books", "/apix/books"),
    *(
        "/api/about/",
        "/api/about/x",
        "/api/about",
        "/api/2024/",
        "/api/y2024/",
        "/api/v2/books",
        "/api/v2",
        "/x/api/books",
        "/x/",
    ),
    *("/admin/x", "/admin", "/media/a.png", "/media", "/page/", "/fr/api/books", "/en/api/books", "/t/api/books"),
]


@pytest.fixture
def urlconf(request: pytest.FixtureRequest) -> Any:
    """Make the parameter the project's URLconf."""
    module = ModuleType("tests.unit.servers.made_urls")
    module.urlpatterns = request.param  # type: ignore[attr-defined]  # a module is given attributes
    sys.modules[module.__name__] = module
    with override_settings(ROOT_URLCONF=module.__name__):
        yield module
    del sys.modules[module.__name__]


@pytest.mark.parametrize(("urlconf", "starts"), CASES, indirect=["urlconf"])
def test_straight_ways_are_those_of_fixed_prefixes(urlconf: Any, starts: list[str]) -> None:
    """A core is found under a fixed prefix, unless an earlier pattern may match the prefix; the longest comes first."""
    assert [mount.start for mount in find_mounts()] == starts


@pytest.mark.parametrize("urlconf", [case.values[0] for case in CASES], indirect=True)
def test_straight_path_takes_nothing_from_django(urlconf: Any) -> None:
    """What the straight path takes, Django's resolver gives to the same core, with the same rest of the path."""
    mounts = find_mounts()
    for requested in PATHS:
        mount = next((mount for mount in mounts if mount.owns(requested)), None)
        if mount is not None:
            found: Any = resolve(requested)
            assert found.func.nuages_handle is mount.handle, requested
            assert mount.prefix + "/" + found.kwargs["rest"] == requested


@pytest.mark.parametrize("urlconf", [[STATIC_FILES, path("api/", API), path("admin/", _page)]], indirect=True)
def test_straight_path_leaves_nothing_of_an_ordinary_project(urlconf: Any) -> None:
    """With an ordinary URLconf every request that Django would give to the core goes straight."""
    mounts = find_mounts()
    for requested in PATHS:
        assert any(mount.owns(requested) for mount in mounts) == _is_cores(requested), requested


def _is_cores(requested: str) -> bool:
    try:
        return hasattr(resolve(requested).func, "nuages_handle")
    except Resolver404:
        return False


def test_prefix_has_no_slash_at_its_end() -> None:
    """The prefix is what a URL below it begins with, and nothing at the root."""
    assert (Mount("/api/", _core).prefix, Mount("/", _core).prefix) == ("/api", "")
