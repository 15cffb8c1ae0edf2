"""From the body of a control request to a command, strictly: nothing is guessed, nothing unknown is passed over."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from difflib import get_close_matches
from typing import Annotated, TypeVar

import msgspec

from finantrade.api.answers import Code, Problem
from finantrade.domain.commands import ClosePosition, Command, Flatten, Pause, Resume, Stop


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="action"):
    """What the operator asks for; ``action`` says which."""


class PauseWish(Wish, frozen=True, forbid_unknown_fields=True, tag_field="action", tag="pause"):
    def command(self) -> Command:
        return Pause()


class ResumeWish(Wish, frozen=True, forbid_unknown_fields=True, tag_field="action", tag="resume"):
    def command(self) -> Command:
        return Resume()


class FlattenWish(Wish, frozen=True, forbid_unknown_fields=True, tag_field="action", tag="flatten"):
    def command(self) -> Command:
        return Flatten()


class StopWish(Wish, frozen=True, forbid_unknown_fields=True, tag_field="action", tag="stop"):
    keep_positions: bool = False

    def command(self) -> Command:
        return Stop(self.keep_positions)


class CloseWish(Wish, frozen=True, forbid_unknown_fields=True, tag_field="action", tag="close"):
    symbol: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]

    def command(self) -> Command:
        return ClosePosition(self.symbol)


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a browser signs in with."""

    token: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]


T = TypeVar("T")
ACTIONS = ("pause", "resume", "flatten", "stop", "close")
HINT = (
    'send one of {"action": "pause"}, {"action": "resume"}, {"action": "flatten"}, '
    '{"action": "stop", "keep_positions": false}, {"action": "close", "symbol": "BTCUSDT"}'
)
AnyWish = PauseWish | ResumeWish | FlattenWish | StopWish | CloseWish
_decoder = msgspec.json.Decoder(AnyWish)
_credentials_decoder = msgspec.json.Decoder(Credentials)
_PLACED = re.compile(r"(?P<what>.*) - at `(?P<path>.*)`")

# How the decoder says it → where it is, and what was expected and found there.
Rewriting = Callable[[re.Match[str], str], tuple[str, str]]
_REWRITINGS: tuple[tuple[re.Pattern[str], Rewriting], ...] = (
    (
        re.compile(r"Object missing required field `(.*)`"),
        lambda m, at: (f"{at}.{m[1]}", "expected a value, found none"),
    ),
    (re.compile(r"Object contains unknown field `(.*)`"), lambda m, at: (f"{at}.{m[1]}", "expected no such field")),
    (
        re.compile(r"Invalid value '(.*)'", re.DOTALL),
        lambda m, at: (at, f"expected one of {', '.join(ACTIONS)}, found {m[1][:40]!r}"),
    ),
    (re.compile(r"Expected (.*), got (.*)"), lambda m, at: (at, f"expected {m[1]}, found {m[2]}")),
    (re.compile(r"Expected (.*)"), lambda m, at: (at, f"expected {m[1]}")),
)


def decode(body: bytes, symbols: Collection[str]) -> Command:
    """Return the command that a JSON body asks for. Raises Problem with the JSON path and what was expected there."""
    wish = _decoded(_decoder, body, HINT)
    if isinstance(wish, CloseWish) and wish.symbol not in symbols:
        raise _unknown(wish.symbol, symbols)
    return wish.command()


def credentials(body: bytes) -> Credentials:
    """Return what a JSON body signs in with. Raises Problem, as above."""
    return _decoded(_credentials_decoder, body, 'send {"token": "…"}')


def _decoded(decoder: msgspec.json.Decoder[T], body: bytes, hint: str) -> T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _invalid(str(error), hint) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, Code.MALFORMED_JSON, f"expected one JSON object: {error}", hint=hint) from None


def _invalid(text: str, hint: str) -> Problem:
    placed = _PLACED.fullmatch(text)
    what, path = (placed["what"], placed["path"]) if placed else (text, "$")
    for pattern, rewrite in _REWRITINGS:
        if match := pattern.fullmatch(what):
            path, what = rewrite(match, path)
            break
    return Problem(422, Code.INVALID_BODY, f"{path}: {what}", path=path, hint=hint)


def _unknown(symbol: str, symbols: Collection[str]) -> Problem:
    known = ", ".join(symbols)
    near = get_close_matches(symbol.upper(), symbols, n=1)
    return Problem(
        422,
        Code.UNKNOWN_SYMBOL,
        f"$.symbol: expected one of {known}, found {symbol!r}",
        path="$.symbol",
        hint=f"did you mean {near[0]}?" if near else f"this session trades {known}",
    )
