"""What can be read of the running session, a page at a time, newest last."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from quart import Response, request

from finantrade.api.answers import Code, Problem, answer, plain
from finantrade.api.chronicle import BARS, DECISIONS, FILLS, MARKS, Chronicle
from finantrade.runtime.status import Status

DEFAULT = 500
EVERYTHING = 2**63 - 1


class Reads:
    """The GET routes beside status and health."""

    def __init__(self, chronicle: Chronicle, status: Callable[[], Status]) -> None:
        self._chronicle = chronicle
        self._status = status
        self._symbols = tuple(one.symbol for one in chronicle.meta.symbols)

    async def meta(self) -> Response:
        _expect_arguments()
        return answer(plain(self._chronicle.meta))

    async def positions(self) -> Response:
        _expect_arguments()
        return answer({"positions": plain(self._status().positions)})

    async def orders(self) -> Response:
        _expect_arguments()
        return answer({"orders": plain(self._status().orders)})

    async def fills(self) -> Response:
        _expect_arguments("limit", "before")
        limit, before = _whole("limit", 1, FILLS, DEFAULT), _whole("before", 0, EVERYTHING, EVERYTHING)
        return answer({"fills": plain(self._chronicle.fills(limit, before))})

    async def equity(self) -> Response:
        _expect_arguments("limit")
        return answer({"equity": plain(self._chronicle.curve(_whole("limit", 1, MARKS, MARKS)))})

    async def bars(self) -> Response:
        _expect_arguments("symbol", "limit", "before")
        symbol = _one_of("symbol", self._symbols)
        limit, before = _whole("limit", 1, BARS, DEFAULT), _whole("before", 0, EVERYTHING, EVERYTHING)
        return answer({"symbol": symbol, "bars": plain(self._chronicle.bars(symbol, limit, before))})

    async def decisions(self) -> Response:
        _expect_arguments("limit", "before")
        limit, before = _whole("limit", 1, DECISIONS, DEFAULT), _whole("before", 0, EVERYTHING, EVERYTHING)
        return answer({"decisions": plain(self._chronicle.decisions(limit, before))})


def _expect_arguments(*known: str) -> None:
    for name in request.args:
        if name not in known:
            raise _invalid(name, f"expected {' and '.join(known) or 'no arguments'}, found {name[:60]!r}")
        if len(request.args.getlist(name)) > 1:
            raise _invalid(name, "expected it once, found it repeated")


def _whole(name: str, least: int, most: int, default: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 19 and least <= int(text) <= most):
        raise _invalid(name, f"expected a whole number from {least} to {most}, found {text[:40]!r}")
    return int(text)


def _one_of(name: str, choices: Sequence[str]) -> str:
    text = request.args.get(name)
    if text is None or text not in choices:
        found = "nothing" if text is None else repr(text[:40])
        raise _invalid(name, f"expected one of {', '.join(choices)}, found {found}")
    return text


def _invalid(name: str, text: str) -> Problem:
    hint = "docs/api.md says what each address takes"
    return Problem(422, Code.INVALID_ARGUMENT, f"?{name[:60]}: {text}", path=f"?{name[:60]}", hint=hint)
