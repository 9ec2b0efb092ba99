"""Turn what is known of a visit into the one page of the app."""

from __future__ import annotations

from html import escape
from typing import Any

from client import SCOPE, Visit

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Reading list</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem }}
  form {{ display: inline }} code {{ word-break: break-all }} [role=status] {{ min-height: 1.5em; font-weight: 600 }}
</style>
<h1>Reading list</h1>
<p>An app by somebody else than <a href="{shop}">the bookshop</a>. It never sees your password.</p>
<p role="status">{said}</p>
{body}
"""
_CONNECT = '<p><a href="/connect">Connect with the bookshop</a></p>'
_BUTTON = '<form method="post" action="{path}"><button>{name}</button></form>'
_BUTTONS = (("/orders", "Read my orders"), ("/refresh", "Refresh"), ("/revoke", "Revoke"))


def render(visit: Visit, shop: str) -> str:
    """The page. Of the tokens it shows the beginnings: enough to see that they change."""
    body = _connected(visit) if visit.tokens else _CONNECT
    return _PAGE.format(shop=escape(shop), said=escape(visit.said), body=body)


def _connected(visit: Visit) -> str:
    buttons = "\n".join(_BUTTON.format(path=path, name=name) for path, name in _BUTTONS)
    tokens = "".join(
        f"<dt>{name.replace('_', ' ')}<dd><code>{escape(str(visit.tokens.get(name, ''))[:12])}…</code>"
        for name in ("access_token", "refresh_token")
    )
    scope = escape(str(visit.tokens.get("scope", SCOPE)))
    return f"<dl>{tokens}<dt>scope<dd><code>{scope}</code></dl>\n{buttons}\n{_orders(visit.orders)}\n{_CONNECT}"


def _orders(orders: Any) -> str:
    if orders is None:
        return ""
    lines = "".join(f"<li>Order {escape(str(order['id']))}: {escape(str(order['total']))}" for order in orders)
    return f'<h2>Your orders</h2><ul id="orders">{lines or "<li>None yet."}</ul>'
