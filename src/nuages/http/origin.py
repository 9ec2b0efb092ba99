"""Turn a request into the origin that its client sees, for absolute URLs. Whether the host is ours, servers decide."""

from __future__ import annotations

import re

from nuages.http.request import Request

# A host that Django lets pass: a name, an address of four numbers, or one in brackets; then a port.
_HOST = re.compile(r"(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def origin_of(request: Request) -> str:
    """Give scheme, host and port, without a slash at the end; "" where no host is known, so that links stay relative.

    Shapes: "https://shop.example:8443"; the port that the scheme has anyway is left out.
    Source: RFC 6454 section 6.2.
    """
    host = request.host.lower()
    if _HOST.fullmatch(host) is None:
        return ""  # nothing that could end a header or lead elsewhere is ever written into a link
    scheme = "https" if request.secure else "http"
    return f"{scheme}://{host.removesuffix(_DEFAULT_PORTS[scheme])}"
