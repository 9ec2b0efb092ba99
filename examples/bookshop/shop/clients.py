"""Turn an empty table of clients into the one app by somebody else that the demo has: examples/reading_list."""

from oauth2_provider.models import get_application_model

from nuages.oauth.clients import register_client

CLIENT_ID = "reading-list"
CALLBACK = "http://127.0.0.1:8001/callback"  # on the reader's own machine HTTP will do: RFC 8252 section 7.3


def add_clients(using: str, callback: str = CALLBACK) -> list[str]:
    """Register the reading list where it is missing, as a public client; give the names of what was added.

    Shapes: `callback` is where the browser is sent back to.
    """
    if get_application_model()._default_manager.using(using).filter(client_id=CLIENT_ID).exists():
        return []
    app, _ = register_client("Reading list", redirect_uris=[callback], client_id=CLIENT_ID)
    return [app.name]
