"""Second factors of users, and the codes that their authenticator apps would show. No test lives here."""

import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # that of RFC 6238, appendix B
PERIOD_S = 30


def give_totp(user: Any) -> Authenticator:
    """Let a user have an authenticator app."""
    return Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": SECRET})


def give_recovery(user: Any) -> list[str]:
    """Let a user have recovery codes, and give them."""
    return list(RecoveryCodes.activate(user).generate_codes())


def give_passkey(user: Any) -> Authenticator:
    """Let a user have a passkey, which nobody can use here."""
    return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "key"})


def code_of(secret: str = SECRET, *, steps: int = 0) -> str:
    """The code of this moment, or of so many steps later; waits where the next step is near."""
    if time.time() % PERIOD_S > PERIOD_S - 4:
        time.sleep(PERIOD_S - time.time() % PERIOD_S + 0.1)
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD_S + steps)))
