"""Make what answers for one job, and for its result."""

from __future__ import annotations

from collections.abc import Iterator

from nuages.failures import Failures
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.chain import Identifier
from nuages.identify.principal import Principal
from nuages.job_answers.listed import PATH
from nuages.job_answers.member import end, show
from nuages.job_answers.results import result_of
from nuages.job_answers.seen import SeenJobs
from nuages.operation import Endpoint
from nuages.parse.pairs import refuse_parameters

MEMBER = f"/{PATH}/{{key}}"


def job_routes(seen: SeenJobs, identify: Identifier, failures: Failures) -> Iterator[tuple[str, str, Endpoint]]:
    """Method, path and what answers."""

    def get(request: Request, principal: Principal, arguments: tuple[str, ...]) -> Response:
        refuse_parameters(request.query)
        return show(seen.find(arguments[0], principal), request)

    def delete(request: Request, principal: Principal, arguments: tuple[str, ...]) -> Response:
        refuse_parameters(request.query)
        return end(seen.find(arguments[0], principal), request)

    def result(request: Request, principal: Principal, arguments: tuple[str, ...]) -> Response:
        refuse_parameters(request.query)
        return result_of(seen.find(arguments[0], principal), request, failures)

    yield "GET", MEMBER, Endpoint(get, identify, negotiates=True)
    yield "DELETE", MEMBER, Endpoint(delete, identify)
    yield "GET", f"{MEMBER}/result", Endpoint(result, identify, negotiates=True)
