"""A client of Conduit that believes no answer before it has held it against the document. No test lives here."""

import json
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from tests.conduit.contract import JSON, Contract


@dataclass(frozen=True)
class Answer:
    """What an operation answered: its document, and the headers that came with it."""

    status: int
    document: Any
    headers: httpx.Headers

    @property
    def errors(self) -> list[str]:
        """The lines of a refusal."""
        return list(self.document["errors"]["body"])


@dataclass(frozen=True)
class Client:
    """Somebody who asks, with a token or without one."""

    http: httpx.Client
    contract: Contract
    token: str = field(default="", repr=False)

    def call(self, name: str, body: Any = None, *, is_right: bool = True, query: Any = (), **path: Any) -> Answer:
        """Ask for an operation by its name in the document.

        Shapes: `is_right` says whether the body is held against the document as well; bytes are sent as they are.
        """
        operation = self.contract.operations[name]
        if "requestBody" in operation.said and is_right:
            self.contract.check_request(name, body)
        url = operation.path.format(**{key: quote(str(value), safe="") for key, value in path.items()})
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": JSON} if content else {}
        if self.token:
            headers["Authorization"] = f"Token {self.token}"
        said = f"?{urlencode(query)}" if query else ""
        response = self.http.request(operation.method, f"/api{url}{said}", content=content, headers=headers)
        media_type = response.headers.get("content-type", "")
        document = self.contract.check_response(name, response.status_code, media_type, response.content)
        return Answer(response.status_code, document, response.headers)

    def get(self, name: str, body: Any = None, *, status: int = 200, **rest: Any) -> Any:
        """The document of a success."""
        answer = self.call(name, body, **rest)
        assert answer.status == status, (name, answer)
        return answer.document

    def refused(self, name: str, body: Any = None, *, status: int = 422, is_right: bool = True, **rest: Any) -> str:
        """What a refusal says."""
        answer = self.call(name, body, is_right=is_right, **rest)
        assert answer.status == status, (name, answer)
        return " ".join(answer.errors)

    def register(self, name: str) -> "Client":
        """A new user, who asks with their own token."""
        user = {"username": name, "email": f"{name}@conduit.example", "password": f"secret of {name}"}
        return self.using(self.get("CreateUser", {"user": user}, status=201)["user"]["token"])

    def using(self, token: str) -> "Client":
        """The same client with another token."""
        return replace(self, token=token)

    def publish(self, title: str, *tags: str) -> str:
        """Publish an article; gives its slug."""
        article = {"title": title, "description": "What it is about", "body": f"All of {title}", "tagList": list(tags)}
        return str(self.get("CreateArticle", {"article": article}, status=201)["article"]["slug"])
