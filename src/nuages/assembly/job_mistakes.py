"""Say what stands against running an endpoint or an action as a job: `nuages.E076`."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args, get_origin, get_type_hints

from django.apps import apps

from nuages.declare.actions import name_of as verb_name
from nuages.declare.actions import verbs_of
from nuages.declare.chosen import OneMember, Page
from nuages.declare.endpoints import Endpoint
from nuages.declare.groups import Groups, Registered, name_of
from nuages.declare.report import locate
from nuages.declare.spec import ActionSpec, ResourceSpec
from nuages.errors import Misdeclared
from nuages.functions.dependencies import Dependency
from nuages.functions.outputs import Outputs, Reply
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.job_answers.keeping import Kept
from nuages.job_answers.listed import PATH
from nuages.jobs.context import JobContext
from nuages.jobs.mistakes import term_complaints
from nuages.jobs.terms import Job
from nuages.operation import Action
from nuages.parse.inputs import InputSignature
from nuages.writes.jobs import BODY, KEY

Told = Iterator[tuple[str, str]]
_PLAIN = "Take a Struct as the body: what it holds is kept with the job."


def job_mistakes(registered: Registered, groups: Groups, endpoints: Iterable[Endpoint]) -> Iterator[Misdeclared]:
    """What is wrong where anything of an API is a job: the path of the jobs, and the app that keeps them."""
    endpoints = list(endpoints)
    places = [each.place for each in endpoints if each.terms.get("job")]
    places += [locate(declared) for declared, _ in registered if any(verb.job for verb in verbs_of(declared))]
    if not places:
        return
    if not apps.is_installed("nuages"):
        hint = 'Write INSTALLED_APPS += ["nuages"], and run manage.py migrate.'
        yield Misdeclared("nuages.E076", places[0], "is a job, and there is no table to keep it in.", hint)
    paths = [(each.place, f"the endpoint {each.method} {each.path}", str(each.path)[1:]) for each in endpoints]
    paths += [(locate(declared), "the resource", name_of(declared, groups)) for declared, _ in registered]
    for place, shown, path in paths:
        if path == PATH or path.startswith(f"{PATH}/"):
            message = f"{shown} stands at /{PATH}, where the jobs of this API are."
            yield Misdeclared("nuages.E076", place, message, "Give it another path.")


def endpoint_job_mistakes(
    endpoint: Endpoint, signature: InputSignature, outputs: Outputs, dependencies: Iterable[Dependency]
) -> Told:
    """What is wrong with an endpoint that is a job, or that takes what only jobs have."""
    dependencies = list(dependencies)
    if not endpoint.terms.get("job"):
        for each in dependencies:
            if JobContext in each.signature.injected.values():
                shown = each.provides.__name__
                yield (
                    f"takes {shown}, which is made of a JobContext, and is no job.",
                    "Write job=True, or leave it out.",
                )
        return
    yield from _term_mistakes(endpoint)
    yield from _taken(signature)
    for each in dependencies:
        yield from _of_dependency(each)
    yield from _answered(endpoint, outputs)
    kept = Kept({}) if signature.complaints else kept_of_endpoint(endpoint, signature)
    for name, why in kept.complaints:
        yield f"takes {name!r}, which cannot be kept for a worker: {why}.", _PLAIN


def action_job_mistakes(spec: ResourceSpec) -> Iterator[Misdeclared]:
    """What is wrong with the actions of a resource that are jobs."""
    for action in spec.actions:
        if action.job is not None:
            for sentence, hint in _action_mistakes(action):
                message = f"the action {action.name!r} {sentence}"
                yield Misdeclared("nuages.E076", action.place, message, hint)


def verb_mistakes(registered: Registered) -> Iterator[Misdeclared]:
    """What was said of actions as jobs that is nothing of the kind."""
    for declared, _ in registered:
        for verb in verbs_of(declared):
            for sentence, hint in _said(verb.job):
                message = f"the action {verb_name(verb)!r} {sentence}"
                yield Misdeclared("nuages.E076", locate(declared), message, hint)


def kept_of_endpoint(endpoint: Endpoint, signature: InputSignature) -> Kept:
    """How the arguments of an endpoint are kept."""
    hints = get_type_hints(endpoint.function, include_extras=True)
    unkept = {*signature.injected, *signature.file_names, "return"}
    return Kept({name: hint for name, hint in hints.items() if name not in unkept})


def kept_of_action(target: Action) -> Kept:
    """How the key and the body of an action are kept."""
    annotations: Mapping[str, Any] = {KEY: str, BODY: target.signature.body_type}
    return Kept(annotations if target.signature.body else {KEY: str})


def _said(job: Any) -> Told:
    if job is None or isinstance(job, bool):
        return
    if not isinstance(job, Job):
        yield f"has job={job!r}.", "True, or Job(max_attempts=5, unique=True)."
    elif job.schedule is not None:
        hint = "Leave schedule out, or write @job(schedule=...) above a function of no URL."
        yield "is a job that clients ask for, and has a schedule.", hint
    else:
        yield from term_complaints(job)


def _of_method(method: str) -> Told:
    if method == "GET":
        yield (
            "is a job, and GET asks for nothing to be done.",
            "Write POST: that makes the job, whose result GET reads.",
        )


def _term_mistakes(endpoint: Endpoint) -> Told:
    yield from _said(endpoint.terms["job"])
    yield from _of_method(endpoint.method)
    if "status" in endpoint.terms:
        yield "is a job and has a status; it is answered by 202.", "Leave status out."
    if "atomic" in endpoint.terms:
        yield "is a job and has atomic=, which is about requests.", "Write job=Job(atomic=True)."


def _taken(signature: InputSignature) -> Told:
    if Request in signature.injected.values():
        yield "is a job and takes Request, which is over when it runs.", _PLAIN
    if signature.file_names:
        hint = "Let another endpoint store the file, and give the job its key."
        yield f"is a job and takes the file {signature.file_names[0]!r}, which is not kept.", hint
    for place, taken in (("header", signature.headers), ("cookie", signature.cookies)):
        if taken.names:
            yield f"is a job and takes the {place} {taken.names[0]!r}; none is kept, since some are secrets.", _PLAIN


def _of_dependency(dependency: Dependency) -> Told:
    signature, shown = dependency.signature, dependency.provides.__name__
    if Request in signature.injected.values() or signature.headers.names or signature.cookies.names:
        hint = "Let it take Principal, JobContext and what is made of them."
        yield f"is a job and takes {shown}, which is made of the request, and that is over when it runs.", hint
    elif signature.body is not None:
        yield f"is a job and takes {shown}, which reads a body.", "Let the endpoint take the body."


def _answered(endpoint: Endpoint, outputs: Outputs) -> Told:
    hint = "-> None, or a Struct, dataclass, TypedDict, dict, list or simple value; a file by JobContext.file."
    function = endpoint.function
    if outputs.stream is not None or inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        yield "is a job and a stream; nobody listens while it runs.", "Tell how far it is by JobContext.progress."
    elif outputs.is_raw:
        yield f"is a job and answers with a {Response.__name__}, which is not kept.", hint
    elif outputs.is_choosing:
        yield f"is a job and answers with {Page.__name__} or {OneMember.__name__}, which a request shows.", hint
    elif _replies(endpoint):
        yield f"is a job and answers with {Reply.__name__}, whose headers nobody would get.", hint


def _replies(endpoint: Endpoint) -> bool:
    said = endpoint.terms.get("returns", get_type_hints(endpoint.function).get("return"))
    return any(get_origin(each) is Reply or each is Reply for each in (said, *get_args(said)))


def _action_mistakes(action: ActionSpec) -> Told:
    yield from _of_method(action.method)
