"""The app: routes over a running lane, a stream of what it does, the page, and one shape for what goes wrong.

It decides nothing: a command is put into the lane like any other message, journalled and judged by risk, and what it
caused is the answer. Reading costs the lane nothing but the building of one status.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from functools import partial

import anyio
import structlog
from prometheus_client import CONTENT_TYPE_LATEST
from quart import Quart, Response, g, request, websocket

from finantrade.api import faults, hosts, openapi
from finantrade.api.access import Access
from finantrade.api.answers import Code, Problem, answer, plain
from finantrade.api.control import HINT, credentials, decode
from finantrade.api.page import Page
from finantrade.api.reads import Reads
from finantrade.api.replica import Replica
from finantrade.api.stream import stream
from finantrade.edges.events import Event
from finantrade.edges.metrics import Metrics
from finantrade.runtime.live import LaneStopped, LiveRunner
from finantrade.runtime.status import Condition, Status

COMMAND_WAIT_S = 10.0
"""A command that has not come to anything by then is answered as pending: the lane waits for its journal."""

HEALTHY = frozenset({Condition.RUNNING, Condition.FEED_ENDED})
HINTS = {
    Condition.QUARANTINED: "mend what raises and start again, or set the input aside: `finantrade journal skip SEQ`",
    Condition.JOURNAL_UNWRITABLE: "make room on the disk of the state directory; the lane goes on by itself",
    Condition.RECOVERING: "wait: the journal is being folded",
    Condition.STOPPING: "the daemon is going down; start it again",
}
log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("finantrade.api")


def create_app(
    runner: LiveRunner,
    status: Callable[[], Status],
    metrics: Metrics,
    replica: Replica,
    page: Page,
    access: Access,
    allowed: Collection[str] = hosts.LOOPBACK,
) -> Quart:
    """Build the app; ``allowed`` are the hosts under which it may be asked for, as ``hosts.check`` wants them."""
    app = Quart("finantrade.api", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = faults.BODY_LIMIT
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False

    def arrive() -> None:
        g.began = time.perf_counter()
        hosts.check(request, allowed)
        access.check(request)

    def attach() -> None:
        hosts.check(websocket, allowed)
        access.check(websocket)

    app.before_request(arrive)
    app.before_websocket(attach)
    app.after_request(_leave)
    faults.register(app)
    _Routes(runner, status, metrics, access).register(app)
    reads = Reads(replica.chronicle, status)
    for name in ("positions", "orders", "fills", "equity", "bars", "decisions"):
        app.add_url_rule(f"/api/live/{name}", name, getattr(reads, name), methods=["GET"])
    app.add_url_rule("/api/meta", "meta", reads.meta, methods=["GET"])
    app.add_websocket("/api/live/stream", "stream", partial(stream, replica.broadcast))
    _Files(page).register(app)
    return app


class _Files:
    """The page and the document: what is the same for everybody and stays as it is."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._document = openapi.document()

    def register(self, app: Quart) -> None:
        app.add_url_rule("/openapi.json", "openapi", self.document, methods=["GET"])
        for path in self._page.paths:
            app.add_url_rule(path, f"file {path}", self.page, methods=["GET"])

    async def document(self) -> Response:
        return Response(self._document, 200, {"Cache-Control": "no-cache"}, content_type="application/json")

    async def page(self) -> Response:
        return self._page.get(request.path, squeezed="gzip" in request.headers.get("Accept-Encoding", ""))


class _Routes:
    def __init__(self, runner: LiveRunner, status: Callable[[], Status], metrics: Metrics, access: Access) -> None:
        self._runner = runner
        self._status = status
        self._metrics = metrics
        self._access = access

    def register(self, app: Quart) -> None:
        app.add_url_rule("/metrics", "metrics", self.metrics, methods=["GET"])
        app.add_url_rule("/api/health", "health", self.health, methods=["GET"])
        app.add_url_rule("/api/session", "session", self.session, methods=["POST"])
        app.add_url_rule("/api/live/status", "status", self.status, methods=["GET"])
        app.add_url_rule("/api/live/control", "control", self.control, methods=["POST"])

    async def session(self) -> Response:
        _check_media_type()
        answered = answer({})
        answered.headers["Set-Cookie"] = self._access.open_session(credentials(await _body()).token)
        return answered

    async def metrics(self) -> Response:
        return Response(self._metrics.exposition(), 200, content_type=CONTENT_TYPE_LATEST)

    async def health(self) -> Response:
        condition, detail = self._runner.condition, self._runner.detail
        if condition not in HEALTHY:
            raise _unable(503, condition, detail)
        return answer({"condition": condition, "detail": detail})

    async def status(self) -> Response:
        return answer(plain(self._status()))

    async def control(self) -> Response:
        _check_media_type()
        command = decode(await _body(), self._runner.session.config.symbols)
        if self._runner.condition is Condition.JOURNAL_UNWRITABLE:
            raise _unable(409, self._runner.condition, self._runner.detail)
        try:
            with anyio.fail_after(COMMAND_WAIT_S):
                outcome = await self._runner.command(command)
        except LaneStopped:
            raise _unable(409, self._runner.condition, self._runner.detail) from None
        except TimeoutError:
            raise _pending() from None
        return answer({"seq": outcome.seq, "said": [plain(one) for one in outcome.said if one is not command]})


async def _body() -> bytes:
    body = await request.get_data(as_text=False)
    assert isinstance(body, bytes)
    return body


def _check_media_type() -> None:
    if request.mimetype != "application/json":
        raise Problem(
            415,
            Code.UNSUPPORTED_MEDIA_TYPE,
            f"expected Content-Type application/json, found {request.mimetype[:100] or 'none'}",
            hint=HINT,
        )


def _unable(status: int, condition: Condition, detail: str) -> Problem:
    # A lane that has just ended for a fault is not stopping by its condition, but nothing else is to be said of it.
    known = condition if condition in HINTS else Condition.STOPPING
    message = f"{known.value}: {detail}" if detail else f"the lane takes no messages: {known.value}"
    return Problem(status, Code(known.value), message, hint=HINTS[known])


def _pending() -> Problem:
    return Problem(
        504,
        Code.NO_ANSWER_YET,
        f"expected an outcome within {COMMAND_WAIT_S:g} s, found none: the command may still be carried out",
        hint="see what the status says before sending it again",
    )


def _leave(answered: Response) -> Response:
    answered.headers["X-Content-Type-Options"] = "nosniff"
    took = (time.perf_counter() - g.began) * 1000
    log.debug(
        Event.REQUEST, method=request.method, path=request.path, status=answered.status_code, took_ms=round(took, 2)
    )
    return answered
