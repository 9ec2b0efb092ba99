"""Let a passkey be the second step of a login by another provider: allauth's paths and bodies, our checks.

allauth takes the answer of any page below the domain; here those of NUAGES_PASSKEYS alone, and each once.
Source: docs.allauth.org, "API Specification" of headless, "WebAuthn: Login".
"""

from __future__ import annotations

from typing import Any

from allauth.headless.base.views import AuthenticationStageAPIView
from allauth.headless.internal.restkit import inputs
from allauth.headless.mfa.response import WebAuthnRequestOptionsResponse
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.internal.flows import check_rate_limit, post_authentication
from allauth.mfa.stages import AuthenticateStage
from django.forms import JSONField
from django.http import Http404, HttpRequest, HttpResponse

from nuages.factors import passkeys
from nuages.factors.relying_party import RelyingParty, read_relying_party

_CEREMONY = "nuages.passkey"  # in the session that waits for the second step


class PasskeyInput(inputs.Input):
    """What a page sends: `{"credential": {...}}`; clean when it is the user's answer to the session's question."""

    credential = JSONField()

    def __init__(self, *arguments: Any, user: Any, ceremony: str, **named: Any) -> None:
        self._user, self._ceremony = user, ceremony
        super().__init__(*arguments, **named)

    def clean_credential(self) -> Any:
        """Give the passkey's row.

        Raises: ValidationError.
        """
        forget = check_rate_limit(self._user)
        credential = self.cleaned_data["credential"]
        used = passkeys.use_row(_party(), self._user, self._ceremony, credential) if type(credential) is dict else None
        if used is None:
            raise get_adapter().validation_error("incorrect_code")
        forget()
        return used[0]


class PasskeyView(AuthenticationStageAPIView):
    """`auth/webauthn/authenticate`: GET asks for a passkey, POST brings what it has signed."""

    input_class = {"POST": PasskeyInput}
    stage_class = AuthenticateStage

    def get(self, request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
        """Ask the user who waits for the second step."""
        offered = passkeys.offer(_party(), self.stage.login.user)
        if offered is None:
            raise Http404
        request.session[_CEREMONY] = offered["ceremony"]
        options: HttpResponse = WebAuthnRequestOptionsResponse(request, {"publicKey": offered["options"]})
        return options

    def post(self, request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
        """Let the user in."""
        request.session.pop(_CEREMONY, None)
        post_authentication(request, self.input.cleaned_data["credential"])
        answer: HttpResponse = self.respond_next_stage()
        return answer

    def get_input_kwargs(self) -> dict[str, Any]:
        """Who is asked, and by which question."""
        return {"user": self.stage.login.user, "ceremony": self.request.session.get(_CEREMONY, "")}


def _party() -> RelyingParty:
    """Whose passkeys are taken; `urls` names this view only where the setting says so."""
    party = read_relying_party()
    if party is None:
        raise Http404
    return party
