"""The provider's URLs, below the issuer: path("oauth/", include("nuages.oauth.urls")).

The names are those of django-oauth-toolkit, whose code looks them up; what is off has none.
"""

from django.urls import path
from oauth2_provider.settings import oauth2_settings

from nuages.oauth.consent import ConsentView
from nuages.oauth.documents import IdentityMetadata, PublicKeys, ServerMetadata
from nuages.oauth.endpoints import IntrospectionEndpoint, RevocationEndpoint, TokenEndpoint, UserInfoEndpoint

app_name = "oauth2_provider"

urlpatterns = [
    path("authorize/", ConsentView.as_view(), name="authorize"),
    path("token/", TokenEndpoint.as_view(), name="token"),
    path("revoke/", RevocationEndpoint.as_view(), name="revoke-token"),
    path("introspect/", IntrospectionEndpoint.as_view(), name="introspect"),
    path(".well-known/oauth-authorization-server", ServerMetadata.as_view(), name="oauth-server-metadata"),
]
if oauth2_settings.OIDC_ENABLED:
    urlpatterns += [
        path("userinfo/", UserInfoEndpoint.as_view(), name="user-info"),
        path(".well-known/jwks.json", PublicKeys.as_view(), name="jwks-info"),
        path(".well-known/openid-configuration", IdentityMetadata.as_view(), name="oidc-connect-discovery-info"),
    ]
