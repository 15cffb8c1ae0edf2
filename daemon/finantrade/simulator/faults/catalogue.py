"""Every fault by the name it has on the command line, with what its parameter means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite, nan

from finantrade.domain.units import SECOND
from finantrade.simulator.faults import answered, bars, lines
from finantrade.simulator.faults.fault import Fault, Strikes, by_seed

SHARE = 0.05


class BadFault(ValueError):
    """No fault has this name, or its parameter is none: the text says what there is."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One fault: ``of`` are the cases of which its parameter, a share, says how many are struck."""

    does: str
    of: str
    make: Callable[[Strikes], Fault]


KINDS: Mapping[str, Kind] = {
    "disconnect": Kind("websockets are cut in the middle of a bar", "bars", lines.Disconnects),
    "outage": Kind("for the length of a bar nobody listens, connections are refused", "bars", lines.Outages),
    "silent": Kind("for the length of a bar websockets stay open and say nothing", "bars", lines.Silence),
    "mute": Kind("for three bars one symbol's streams say nothing, others go on", "bars", lines.Mute),
    "missing": Kind("a bar never comes through its stream; REST has it", "bars", bars.Missing),
    "hole": Kind("neither the stream nor REST has a bar", "bars", bars.Holes),
    "late": Kind("a close comes 5 s late", "bars", lambda strikes: bars.Late(strikes, 5 * SECOND)),
    "disorder": Kind("a close comes after the first candle of the next bar", "bars", bars.Disorder),
    "duplicate": Kind("a close comes twice", "bars", bars.Duplicates),
    "forming": Kind("a bar forms to its end and the flag that closes it never comes", "bars", bars.NeverCloses),
    "limit": Kind(
        "429, and to all requests of the next 10 s",
        "requests",
        lambda strikes: answered.Throttled(strikes, 10 * SECOND),
    ),
    "ban": Kind(
        "418, and to all requests of the next 2 min",
        "requests",
        lambda strikes: answered.Throttled(strikes, 120 * SECOND, banned=True),
    ),
    "error": Kind("503 with the code of an internal error", "requests", answered.ServerErrors),
    "html": Kind("502 with a page for people", "requests", answered.Pages),
    "fake": Kind("200 with a page for people", "requests", lambda strikes: answered.Pages(strikes, 200)),
    "truncated": Kind("text ends in its middle", "requests and frames", answered.Truncated),
    "malformed": Kind("words where numbers should be", "requests and frames", answered.Malformed),
    "slow": Kind("an answer takes 5 s", "requests", answered.Slow),
    "drop": Kind("no answer at all, the line is cut", "requests", answered.Dropped),
}
SKEW = "skew"
SKEW_MS = 3_000
NAMES = (*KINDS, SKEW)


def fault_of(text: str, seed: int) -> Fault:
    """Return the fault that ``NAME`` or ``NAME:PARAMETER`` stands for. Raises BadFault."""
    name, _, parameter = text.partition(":")
    if name == SKEW:
        return lines.Skew(round(_number(text, parameter, SKEW_MS)))
    if name not in KINDS:
        near = get_close_matches(name, NAMES, n=1, cutoff=0.5)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise BadFault(f"expected one of the faults {', '.join(NAMES)}, found {name!r}{meant}")
    share = _number(text, parameter, SHARE)
    if not 0 < share <= 1:
        raise BadFault(f"expected a share of {KINDS[name].of} above 0 and up to 1, found {text!r}")
    return KINDS[name].make(by_seed(seed, name, share))


def _number(text: str, parameter: str, otherwise: float) -> float:
    try:
        number = float(parameter) if parameter else otherwise
    except ValueError:
        number = nan
    if not isfinite(number):
        raise BadFault(f"expected a number after the name of a fault, found {text!r}")
    return number
