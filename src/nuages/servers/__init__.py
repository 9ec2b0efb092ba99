"""From a server's protocol to Request and back: Django view, WSGI, ASGI, granian. Knows no resource and no rule."""
