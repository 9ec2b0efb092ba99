"""Say which path leads to which endpoint of proofs and second factors. What they answer is not known here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from nuages.factors.enrolment import Enrolment
from nuages.factors.find import offers_factors
from nuages.factors.passkey_doors import Asking, PasskeyEnrolment
from nuages.factors.relying_party import RelyingParty, read_relying_party
from nuages.factors.step_up import StepUp
from nuages.factors.with_passkeys import FactorWithPasskeys
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.chain import Identifier
from nuages.identify.principal import Principal
from nuages.logins.families import Families
from nuages.logins.limits import Limits
from nuages.logins.routes import unstored
from nuages.logins.second_factor import Codes
from nuages.logins.terms import SEGMENT, read_terms
from nuages.operation import Endpoint

Answer: TypeAlias = Callable[[Request, Principal, tuple[str, ...]], Response]
Route: TypeAlias = tuple[str, str, Endpoint]


def proof_routes(bearer: Any, identify: Identifier, factor: FactorWithPasskeys | None) -> list[Route]:
    """Give method, path and endpoint of everything about proofs.

    Shapes: `bearer` makes access tokens, None where the API has only sessions of Django's; `factor`
        keeps second factors, None where nothing does.
    """
    terms = read_terms()
    limits = Limits(terms)
    families = None if bearer is None else Families(terms, bearer)
    step_up = StepUp(families, limits, Codes(limits, factor))
    answers: list[tuple[str, str, Answer]] = [("POST", "verify", step_up.verify)]
    party = read_relying_party()
    if party is not None and factor is not None:
        answers.append(("POST", "passkey", Asking(factor).ask))
    if offers_factors():
        answers += _of_enrolment(party)
    return [
        (method, f"/{SEGMENT}/{path}", Endpoint(unstored(answer, identify), identify))
        for method, path, answer in answers
    ]


def _of_enrolment(party: RelyingParty | None) -> list[tuple[str, str, Answer]]:
    own = Enrolment()
    answers: list[tuple[str, str, Answer]] = [
        ("GET", "factors", own.show),
        ("POST", "factors/totp", own.add_totp),
        ("DELETE", "factors/totp", own.drop_totp),
        ("POST", "factors/recovery-codes", own.renew_recovery),
    ]
    if party is not None:
        keys = PasskeyEnrolment(party)
        answers += [("POST", "factors/passkeys", keys.add), ("DELETE", "factors/passkeys/{id}", keys.drop)]
    return answers
