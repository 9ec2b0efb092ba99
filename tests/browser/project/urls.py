"""The bookshop's URLs, those of logins by others, and the pages that a frontend would have."""

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import include, path
from django.utils.html import format_html

from bookshop.urls import urlpatterns as shop_urls

_START = """<!doctype html><title>Branch</title>
<form method="post" action="/social/browser/v1/auth/provider/redirect">
<input type="hidden" name="csrfmiddlewaretoken" value="{}">
<input type="hidden" name="provider" value="bookshop">
<input type="hidden" name="process" value="login">
<input type="hidden" name="callback_url" value="/welcome/">
<button>Log in with the bookshop</button></form>"""
# What a frontend does: the session becomes tokens, which are used, refreshed, and used up.
_WELCOME = """<!doctype html><title>Welcome</title><ol role="status"></ol><script>
const csrf = "{}", json = {{"Content-Type": "application/json"}};
async function go() {{
  const said = [], tell = (name, status) => said.push(`${{name}} ${{status}}`);
  const exchange = await fetch("/social/tokens", {{method: "POST", headers: {{"X-CSRFToken": csrf}}}});
  tell("tokens", exchange.status);
  if (exchange.ok) {{
    const tokens = await exchange.json(), bearer = {{Authorization: `Bearer ${{tokens.access_token}}`}};
    tell("orders", (await fetch("/api/orders", {{headers: bearer, credentials: "omit"}})).status);
    const body = JSON.stringify({{refresh_token: tokens.refresh_token}});
    tell("refresh", (await fetch("/api/auth/refresh", {{method: "POST", headers: json, body}})).status);
    tell("logout", (await fetch("/api/auth/logout", {{method: "POST", headers: bearer}})).status);
    tell("orders", (await fetch("/api/orders", {{headers: bearer, credentials: "omit"}})).status);
  }}
  document.querySelector("[role=status]").textContent = said.join(", ");
}}
go();
</script>"""


def start(request: HttpRequest) -> HttpResponse:
    """Offer a login by the other shop."""
    return HttpResponse(format_html(_START, get_token(request)))


def welcome(request: HttpRequest) -> HttpResponse:
    """Take the tokens, use them, and say what was answered."""
    return HttpResponse(format_html(_WELCOME, get_token(request)))


def failed(request: HttpRequest) -> HttpResponse:
    """Say that nobody was let in."""
    return HttpResponse(format_html("<!doctype html><title>Failed</title><p role=status>failed {}", request.GET))


urlpatterns = [
    path("start/", start),
    path("welcome/", welcome),
    path("failed", failed),
    path("social/", include("nuages.social.urls")),
    *shop_urls,
]
