"""Turn an empty table of clients into the one app by somebody else that the demo has: examples/reading_list."""

from oauth2_provider.models import get_application_model

CLIENT_ID = "reading-list"
CALLBACK = "http://127.0.0.1:8001/callback"


def add_clients(using: str, callback: str = CALLBACK) -> list[str]:
    """Register the reading list where it is missing, as a public client that asks each time; give what was added.

    Shapes: `callback` is where the browser is sent back to. An app that runs at the reader's own machine may have HTTP
        there (RFC 8252 section 7.3).
    """
    application = get_application_model()
    found, is_new = application._default_manager.using(using).get_or_create(
        client_id=CLIENT_ID,
        defaults={
            "name": "Reading list",
            "client_type": application.CLIENT_PUBLIC,
            "authorization_grant_type": application.GRANT_AUTHORIZATION_CODE,
            "redirect_uris": callback,
            "allowed_origins": "",
        },
    )
    return [found.name] if is_new else []
