"""Nuages: a RESTful API for Django models, each read answered by one SQL statement whose result already is the JSON."""

from nuages.api import API
from nuages.cache.declared import Cache
from nuages.declare.chosen import OneMember, Page
from nuages.declare.resource import Resource, field, file, nested, value
from nuages.errors import BadRequest, Conflict, Fault, NotAllowed, NotFound, Problem, Unprocessable
from nuages.functions.outputs import Reply, Status
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.api_key import ApiKey
from nuages.identify.bearer import Bearer
from nuages.identify.chain import Authenticator
from nuages.identify.issuer import Issuer
from nuages.identify.oauth import OAuth
from nuages.identify.principal import Principal
from nuages.identify.session import Session
from nuages.identify.simple_jwt import SimpleJWT
from nuages.jobs import Job, JobContext
from nuages.limit.declared import Limit
from nuages.own_logins import begin_login, log_in
from nuages.parse.inputs import Body, Cookie, File, Form, Header, Query, Upload
from nuages.permit.ready import group, permission, scope, superuser, where
from nuages.permit.recent import verified
from nuages.permit.rules import anyone, authenticated, nobody, owner, staff
from nuages.streams.event import Event

__all__ = [
    "API",
    "ApiKey",
    "Authenticator",
    "BadRequest",
    "Bearer",
    "Body",
    "Cache",
    "Conflict",
    "Cookie",
    "Event",
    "Fault",
    "File",
    "Form",
    "Header",
    "Issuer",
    "Job",
    "JobContext",
    "Limit",
    "NotAllowed",
    "NotFound",
    "OAuth",
    "OneMember",
    "Page",
    "Principal",
    "Problem",
    "Query",
    "Reply",
    "Request",
    "Resource",
    "Response",
    "Session",
    "SimpleJWT",
    "Status",
    "Unprocessable",
    "Upload",
    "anyone",
    "authenticated",
    "begin_login",
    "field",
    "file",
    "group",
    "log_in",
    "nested",
    "nobody",
    "owner",
    "permission",
    "scope",
    "staff",
    "superuser",
    "value",
    "verified",
    "where",
]

__version__ = "0.1.0"
