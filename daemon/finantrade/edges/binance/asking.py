"""Asking over REST: paced, in time, again where that may help, and every failure one typed error.

1. ``Pacer`` admits a request. It gets ``TIMEOUT_S``.
2. Whatever goes wrong becomes a ``RestError``. What may pass is asked again, at most ``ATTEMPTS`` times in all, after a
   wait that doubles, with full jitter, so that many who fail at once do not come back at once.
3. A limit is waited for by all, in the pacer; a ban longer than ``PATIENCE_S`` is an error at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from random import Random
from typing import Any, TypeVar

from finantrade.edges.binance.errors import RestError, RestTrouble
from finantrade.edges.binance.pacing import Pacer, Timing
from finantrade.wire.errors import Trouble, WireError, shortened
from finantrade.wire.limits import BANNED, TOO_MANY, Usage, usage_of

T = TypeVar("T")

ATTEMPTS = 5
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
PATIENCE_S = 120.0
TIMEOUT_S = 10.0


class Asking:
    """Asks one venue. ``client`` is python-binance's, of which the headers of the last answer are read.

    ``failures`` are what it raises where the world is at fault; anything else is a fault of the program, and falls.
    """

    def __init__(
        self, client: Any, failures: tuple[type[Exception], ...], pacer: Pacer, timing: Timing, chance: Random
    ) -> None:
        self.retries = 0
        self._client = client
        self._failures = failures
        self._pacer = pacer
        self._timing = timing
        self._chance = chance

    async def ask(self, call: Callable[[], Awaitable[object]], weight: int, read: Callable[[object], T]) -> T:
        """Call until there is an answer that can be read. Raises RestError."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._once(call, weight, read)
            except RestError as error:
                if not error.may_pass or attempt == ATTEMPTS or (error.wait_s or 0.0) > PATIENCE_S:
                    raise
            self.retries += 1
            await self._timing.sleep(self._chance.random() * min(FIRST_WAIT_S * 2**attempt, LONGEST_WAIT_S))
        raise AssertionError("the last attempt returns or raises")

    async def _once(self, call: Callable[[], Awaitable[object]], weight: int, read: Callable[[object], T]) -> T:
        await self._pacer.admit(weight)
        usage: Usage | None = None
        limited = False
        try:
            with self._timing.within(TIMEOUT_S):
                answer = await call()
            usage = usage_of(200, _headers(self._client.response))
            return read(answer)
        except WireError as error:
            raise _unread(error) from None
        except self._failures as error:
            status, headers = _answered(error)
            usage = usage_of(status, headers) if status else None
            limited = status in (TOO_MANY, BANNED)
            raise failure(error, status, usage) from error
        finally:
            self._pacer.settle(weight, usage, limited=limited)


def failure(error: BaseException, status: int, usage: Usage | None) -> RestError:
    """Return what a client's exception means."""
    words = shortened(f"{type(error).__name__}: {error}")
    code = int(getattr(error, "code", 0) or 0) if status else 0
    if status in (TOO_MANY, BANNED):
        return RestError(RestTrouble.LIMITED, words, code=code, wait_s=usage.retry_after_s if usage else None)
    if status >= 500:
        return RestError(RestTrouble.SERVER, f"{status}, {words}", code=code)
    if status >= 400:
        # Without a code it is no refusal of the venue's but a page of something in between.
        return RestError(RestTrouble.REFUSED if code else RestTrouble.UNREADABLE, words, code=code)
    if type(error).__name__ in UNREADABLE:
        return RestError(RestTrouble.UNREADABLE, words)
    return RestError(RestTrouble.UNREACHABLE, words)


UNREADABLE = frozenset({"BinanceRequestException", "ContentTypeError", "UnicodeDecodeError"})


def _unread(error: WireError) -> RestError:
    refused = error.trouble is Trouble.REFUSED
    return RestError(RestTrouble.REFUSED if refused else RestTrouble.UNREADABLE, str(error), code=error.code)


def _answered(error: BaseException) -> tuple[int, Iterable[tuple[str, str]]]:
    status = getattr(error, "status_code", 0)
    return (int(status), _headers(getattr(error, "response", None))) if status else (0, ())


def _headers(response: Any) -> Iterable[tuple[str, str]]:
    return () if response is None else response.headers.items()
