"""What Nuages' own endpoints take and answer, as a table: logins, sessions, second factors, accounts, keys.

Held against what is served by the tests. How it is written into a document, `own` knows.
Source: docs/reference/logins.md, sessions.md, second-factor.md, accounts.md, tokens.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nuages.openapi.values import Schema, or_null
from nuages.operation import JSON
from nuages.streams.framing import EVENT_STREAM

_TEXT: Schema = {"type": "string"}
_SECRET: Schema = {"type": "string", "format": "password"}
_OBJECT: Schema = {"type": "object"}
_SECONDS: Schema = {"type": "integer"}
_MOMENT: Schema = {"type": "string", "format": "date-time"}
_NAMED: Schema = {"type": "object", "additionalProperties": _TEXT}
_GROUPS: Schema = {"type": "object", "additionalProperties": _NAMED}
_USER: Schema = {"type": "object", "properties": {"id": {"type": ["integer", "string"]}, "username": _TEXT}}
_FACTOR = {"code": _TEXT, "passkey": _OBJECT, "ceremony": _TEXT}
_PROVED = {"password": _SECRET, **_FACTOR}


def _object(required: str, optional: str = "", **properties: Schema) -> Schema:
    """An object; of members of which nothing is said, any JSON."""
    names = [*required.split(), *optional.split()]
    return {
        "type": "object",
        "properties": {name: properties.get(name, _TEXT) for name in names},
        "required": required.split(),
    }


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


_JOB: dict[str, Any] = {
    "status": {"enum": ["queued", "running", "succeeded", "failed", "canceled"]},
    **dict.fromkeys(("created_at", "run_at"), _MOMENT),
    **dict.fromkeys(("started_at", "finished_at", "expires_at"), or_null(_MOMENT)),
    **dict.fromkeys(("attempts", "max_attempts"), _SECONDS),
    "progress": or_null(_object("done total note", done={"type": "number"}, total={"type": ["number", "null"]})),
    "result": {},
    "problem": {},
}
SCHEMAS: Mapping[str, Schema] = {
    "Index": _object("title version resources", "groups", resources=_NAMED, groups=_GROUPS),
    "KeySet": _object("keys", keys=_list(_OBJECT)),
    "Tokens": _object(
        "access_token token_type expires_in",
        "refresh_token refresh_expires_in",
        expires_in=_SECONDS,
        refresh_expires_in=_SECONDS,
    ),
    "Logins": _object("items", items=_list(_OBJECT)),
    "BrowserSession": _object("user csrf_token", user=or_null(_USER)),
    "Factors": _object("items", items=_list(_OBJECT)),
    "Job": _object(
        "id name status created_at run_at started_at finished_at expires_at attempts max_attempts progress"
        " result problem",
        **_JOB,
    ),
    "RecoveryCodes": _object("recovery_codes", "id", recovery_codes=or_null(_list(_TEXT))),
}


@dataclass(frozen=True, slots=True)
class Own:
    """One endpoint.

    Shapes: `answers` name a schema by status, "" for no content, "*" for JSON of which nothing is said; `members` are
        those of its body, none for no body; `statuses` are those of its own problems, `types` the media types of a
        success.
    """

    name: str
    said: str
    answers: Mapping[int, str]
    members: Mapping[str, Schema] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    types: tuple[str, ...] = (JSON,)


_GONE = {204: ""}
_ACCEPTED = {202: "*"}

OWN: Mapping[tuple[str, str], Own] = {
    ("GET", "/"): Own("index", "Which resources there are", {200: "Index"}),
    ("GET", "/.well-known/jwks.json"): Own(
        "keys", "The public keys that access tokens are signed with", {200: "KeySet"}
    ),
    ("GET", "/jobs/{key}"): Own(
        "jobs_get", "How far a job is", {200: "Job"}, statuses=(404,), types=(JSON, EVENT_STREAM)
    ),
    ("DELETE", "/jobs/{key}"): Own(
        "jobs_delete",
        "Cancel a job, or delete one that has ended",
        {200: "Job", 202: "Job", 204: ""},
        statuses=(404, 409),
    ),
    ("GET", "/jobs/{key}/result"): Own(
        "jobs_result", "What a job has made", {200: "*"}, statuses=(404, 409), types=("*/*",)
    ),
    ("POST", "/auth/token"): Own(
        "log_in",
        "Log in: an access token and a refresh token",
        {200: "Tokens"},
        {"username": _TEXT, **_PROVED, "cookie": {"type": "boolean"}},
    ),
    ("POST", "/auth/refresh"): Own("refresh", "The next tokens of a login", {200: "Tokens"}, {"refresh_token": _TEXT}),
    ("POST", "/auth/logout"): Own("log_out", "End a login", _GONE, {"refresh_token": _TEXT}),
    ("POST", "/auth/logout-all"): Own("log_out_everywhere", "End every login of the user", _GONE),
    ("GET", "/auth/sessions"): Own("list_logins", "The user's logins that live", {200: "Logins"}),
    ("DELETE", "/auth/sessions/{id}"): Own("end_login", "End one login of the user", _GONE, statuses=(404,)),
    ("GET", "/auth/session"): Own("show_session", "Who is asking, and a CSRF token", {200: "BrowserSession"}),
    ("POST", "/auth/session"): Own(
        "begin_session", "Log a browser in", {200: "BrowserSession"}, {"username": _TEXT, **_PROVED}
    ),
    ("DELETE", "/auth/session"): Own("end_session", "Log a browser out", _GONE),
    ("POST", "/auth/verify"): Own("verify", "Prove anew who one is", {200: "*"}, _PROVED),
    ("POST", "/auth/passkey"): Own(
        "ask_passkey", "Begin to prove who one is by a passkey", {200: "*"}, {"username": _TEXT, "password": _SECRET}
    ),
    ("GET", "/auth/factors"): Own("list_factors", "The user's second factors", {200: "Factors"}),
    ("POST", "/auth/factors/totp"): Own(
        "add_totp",
        "Begin to add an authenticator app, or add it",
        {200: "*", 201: "RecoveryCodes"},
        {"enrolment": _TEXT, "code": _TEXT},
        statuses=(409,),
    ),
    ("DELETE", "/auth/factors/totp"): Own("drop_totp", "Take the authenticator app away", _GONE, statuses=(404,)),
    ("POST", "/auth/factors/recovery-codes"): Own(
        "renew_recovery_codes", "Make other recovery codes", {201: "RecoveryCodes"}
    ),
    ("POST", "/auth/factors/passkeys"): Own(
        "add_passkey",
        "Begin to add a passkey, or add it",
        {200: "*", 201: "RecoveryCodes"},
        {"passwordless": {"type": "boolean"}, "enrolment": _TEXT, "passkey": _OBJECT, "name": _TEXT},
        statuses=(409,),
    ),
    ("DELETE", "/auth/factors/passkeys/{id}"): Own("drop_passkey", "Take a passkey away", _GONE, statuses=(404,)),
    ("POST", "/auth/register"): Own(
        "register",
        "Ask for an account: a mail comes",
        _ACCEPTED,
        {"username": _TEXT, "email": _TEXT, "password": _SECRET},
        ("email", "password"),
    ),
    ("POST", "/auth/register/confirm"): Own(
        "confirm_registration", "Make the account", {201: "*"}, {"token": _TEXT}, ("token",), (409,)
    ),
    ("POST", "/auth/password"): Own(
        "change_password",
        "Change the password",
        {200: "BrowserSession", 204: ""},
        {"password": _SECRET, "new_password": _SECRET},
        ("password", "new_password"),
    ),
    ("POST", "/auth/password/reset"): Own(
        "ask_password_reset", "Ask for a new password: perhaps a mail comes", _ACCEPTED, {"email": _TEXT}, ("email",)
    ),
    ("POST", "/auth/password/reset/confirm"): Own(
        "reset_password",
        "Set a new password",
        _GONE,
        {"token": _TEXT, "new_password": _SECRET},
        ("token", "new_password"),
    ),
    ("POST", "/auth/email"): Own(
        "change_email",
        "Ask for another address: a mail comes",
        _ACCEPTED,
        {"email": _TEXT, "password": _SECRET},
        ("email", "password"),
    ),
    ("POST", "/auth/email/confirm"): Own(
        "confirm_email", "Take another address", _GONE, {"token": _TEXT}, ("token",), (409,)
    ),
}
