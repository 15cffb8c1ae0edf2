"""What goes wrong answers in one shape, the framework's own refusals and faults of the program included."""

from __future__ import annotations

import structlog
from quart import Quart, Response, request
from werkzeug.exceptions import HTTPException

from finantrade.api.answers import Code, Problem, refuse
from finantrade.api.refusals import Refusals
from finantrade.edges.events import Event

BODY_LIMIT = 64 * 1024

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("finantrade.api")


def register(app: Quart) -> None:
    """Answer every error of ``app`` in our shape."""
    refusals = Refusals()

    def refused(problem: Problem) -> Response:
        refusals.note(problem)
        return refuse(problem)

    def refused_by_framework(error: HTTPException) -> Response:
        allowed = dict(error.get_headers()).get("Allow", "")
        answered = refused(_problem(error, allowed))
        if allowed:
            answered.headers["Allow"] = allowed
        return answered

    app.register_error_handler(Problem, refused)
    app.register_error_handler(HTTPException, refused_by_framework)
    app.register_error_handler(Exception, _fault)


def _problem(error: HTTPException, allowed: str) -> Problem:
    match error.code:
        case 404:
            hint = "the page is at /, the API below /api: see docs/api.md"
            return Problem(404, Code.NOT_FOUND, f"there is nothing at {request.path[:200]!r}", hint=hint)
        case 405:
            return Problem(
                405, Code.METHOD_NOT_ALLOWED, f"expected {allowed} at {request.path}, found {request.method}"
            )
        case 408:
            return Problem(408, Code.BODY_TOO_SLOW, "the body did not come in time")
        case 413:
            return Problem(413, Code.BODY_TOO_LARGE, f"expected a body of at most {BODY_LIMIT} bytes")
        case status:
            return Problem(status or 500, Code.BAD_REQUEST, error.description or error.name)


def _fault(error: Exception) -> Response:
    log.error(Event.REQUEST_FAILED, method=request.method, path=request.path, exc_info=error)
    hint = "the log has the traceback; trading goes on"
    return refuse(Problem(500, Code.INTERNAL, f"a fault in the program: {type(error).__name__}", hint=hint))
