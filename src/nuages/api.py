"""API: what is registered, the defaults, and everything built once. The rooms below know nothing of it."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, Unpack

from django.db.models import Model

from nuages.assembly.assemble import Built, assemble
from nuages.assembly.gathered import Registry
from nuages.assembly.jobs import has_jobs
from nuages.declare.endpoints import Endpoint, Endpoints
from nuages.declare.groups import Defaults, Group
from nuages.declare.handlers import Handled
from nuages.declare.resource import Resource
from nuages.errors import DeclarationError, Misdeclared, Problem
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.chain import Authenticator
from nuages.identify.session import Session
from nuages.identifying import authenticator_remarks
from nuages.openapi.answer import docs_mistakes, is_open, offer_description
from nuages.servers.django_view import urls_for

Declared = TypeVar("Declared", bound=type[Resource])
Made = TypeVar("Made", bound=Callable[..., Any])
Answering = TypeVar("Answering", bound=Callable[..., Problem])
Rendering = TypeVar("Rendering", bound=Callable[..., Any])
_registered: weakref.WeakSet[API] = weakref.WeakSet()


def registered_apis() -> list[API]:
    """Every API of this process, by title."""
    return sorted(_registered, key=lambda api: api.title)


class API(Endpoints):
    """A RESTful API: resources and endpoints under one prefix.

    Shapes: `api = API(title="Bookshop", version="1.0")`, `@api.resource(Book)` above a Resource class, and
        `path("api/", api.urls)` in the project's urls.py. `authenticate` are the ways of proving who one is, in the
        order in which they are asked; a resource may have others. `throttle` is how often one may ask for anything of
        it: "600/min", a Limit, or several of them. `docs` is the rule of who may read its description; without one,
        anyone while DEBUG is on, and else staff.
    """

    def __init__(
        self,
        *,
        title: str = "API",
        version: str = "1.0",
        authenticate: Sequence[Authenticator] = (Session(),),
        throttle: Any = None,
        docs: Any = None,
    ) -> None:
        super().__init__()
        self.title = title
        self.docs = docs
        self.authenticate = authenticate
        self.version = version
        self.throttle = throttle
        self.prefix = ""
        self._classes: list[tuple[type[Resource], type[Model]]] = []
        self._made: list[Group] = []
        self._groups: dict[type[Resource], Group] = {}
        self._handled: list[Handled] = []
        self._dependencies: list[Any] = []
        self._renderers: list[Callable[..., Any]] = []
        self._built: Built | None = None
        self._lock = threading.Lock()
        _registered.add(self)

    def resource(self, model: type[Model]) -> Callable[[Declared], Declared]:
        """Register the Resource class below for a model. Nothing is looked up before the API is built."""

        def register(declared: Declared) -> Declared:
            self._classes.append((declared, model))
            self._built = None
            return declared

        return register

    def dependency(self, function: Made) -> Made:
        """Register the function below to make the values of the type that it returns, for whoever takes one.

        Shapes: `@api.dependency` above `def tenant(principal: Principal) -> Tenant`; then an endpoint that has a
            parameter `tenant: Tenant` gets it. A generator yields it, and goes on when the call has ended.
        """
        self._dependencies.append(function)
        self._built = None
        return function

    def group(self, prefix: str, **defaults: Unpack[Defaults]) -> Group:
        """Make a group of endpoints and resources under one prefix, with terms for those that do not say them.

        Shapes: `v1 = api.group("/v1", deprecated=date(2027, 1, 1))`, then `@v1.get(...)`, `@v1.resource(Book)`, and
            `v1.group(...)`.
        """
        return Group(self, prefix, defaults)

    @property
    def defaults(self) -> Defaults:
        """What is said for everything: as a group's, nothing; the API's own terms stand elsewhere."""
        return {}

    def keep(self, endpoint: Endpoint) -> None:
        """Take an endpoint of a group."""
        self._keep(endpoint)

    def register(self, declared: type[Resource], model: type[Model], group: Group) -> None:
        """Take a resource of a group."""
        self._groups[declared] = group
        self.resource(model)(declared)

    def enter(self, group: Group) -> None:
        """Take a group."""
        self._made.append(group)
        self._built = None

    def _keep(self, endpoint: Endpoint) -> None:
        super()._keep(endpoint)
        self._built = None

    def exception_handler(self, error: type[Exception]) -> Callable[[Answering], Answering]:
        """Register the function below to answer for exceptions of a class, wherever in a request they were raised.

        Shapes: it gets the exception and returns a Problem, or raises one. Of several that fit, the one for the nearest
            class answers. What a change had stored is taken back before.
        """
        handled = Handled(error)
        self._handled.append(handled)
        self._built = None

        def register(function: Answering) -> Answering:
            handled.function = function
            return function

        return register

    def problem_renderer(self, function: Rendering) -> Rendering:
        """Register the function below to write every problem of this API, in the format of its own.

        Shapes: it gets the problem and the Request and returns the document, such as a dict or a Struct, or a pair of
            status and document. Where it fails, the problem document is sent.
        """
        self._renderers.append(function)
        self._built = None
        return function

    @property
    def urls(self) -> Any:
        """What `path("api/", api.urls)` takes."""
        return urls_for(self.handle)

    def handle(self, request: Request) -> Response:
        """Answer a request; builds the API first where that has not been done."""
        return self.build().pipeline.handle(request)

    def build(self) -> Built:
        """Check and build everything.

        Raises: DeclarationError naming every mistake, each with file, class and the nearest right name.
        """
        if self._built is None:
            with self._lock:
                if self._built is None:
                    self._built = self._assemble()
        return self._built

    def live_models(self) -> set[type[Model]]:
        """The models of the resources with `live = True`; nothing is built for it."""
        return {model for declared, model in self._classes if getattr(declared, "live", False) is True}

    @property
    def has_jobs(self) -> bool:
        """Whether anything of it is a job; nothing is built for it."""
        return has_jobs(self._classes, self._endpoints)

    def _assemble(self) -> Built:
        registry = Registry(
            self._classes,
            self._endpoints,
            self._dependencies,
            self._handled,
            self._renderers,
            made=self._made,
            groups=self._groups,
        )
        mistakes = list(docs_mistakes(self.title, self.docs))
        if mistakes:
            raise DeclarationError(mistakes)
        built = assemble(self.title, self.version, registry, self.authenticate, throttle=self.throttle)
        offer_description(self.title, self.version, built.pipeline, self.authenticate, docs=self.docs)
        return built

    @property
    def has_docs(self) -> bool:
        """Whether anyone may open the page that describes it."""
        return is_open(self.docs)

    @property
    def needs_loop(self) -> bool:
        """Whether anything of it runs on an event loop, so that a server should have one.

        Raises: DeclarationError.
        """
        return self.build().needs_loop

    def mistakes(self) -> list[Misdeclared]:
        """What is wrong in the declarations; Django's system checks show it."""
        try:
            self.build()
        except DeclarationError as error:
            return list(error.mistakes)
        return []

    def remarks(self) -> list[Misdeclared]:
        """What stops nothing and should be looked at; Django's system checks show it as warnings."""
        if self.mistakes():
            return []
        classes = [declared for declared, _ in self._classes]
        return list(authenticator_remarks(self.title, self.authenticate, classes, self._made))
