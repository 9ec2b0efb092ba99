"""The provider's metadata at the root of the site: path("", include("nuages.oauth.metadata_urls")).

RFC 8414 section 3.1 puts the issuer's path after the well-known one.
"""

from django.urls import path

from nuages.oauth.documents import ServerMetadata

app_name = "nuages_oauth_metadata"

urlpatterns = [
    path(".well-known/oauth-authorization-server/<path:issuer_path>", ServerMetadata.as_view(), name="server"),
    path(".well-known/oauth-authorization-server", ServerMetadata.as_view(), {"issuer_path": ""}, name="root-server"),
]
