"""Who gets in where: the port that the daemon is to serve on, and the token that keeps others out."""

from __future__ import annotations

from collections.abc import Mapping
from math import log2

import msgspec

from finantrade.api.access import token_of
from finantrade.api.server import PortBusy, bind
from finantrade.cli.checkup.finding import Finding, Verdict, told
from finantrade.cli.client import STATUS, Client
from finantrade.cli.errors import CliError, ExitCode
from finantrade.config import ApiConfig

ASK_S = 2.0
ENOUGH_BITS = 64.0
"""What guessing would take if each character were drawn from those that occur: the figure itself is not told."""


class Running(msgspec.Struct):
    """Of a daemon's status, which session it is."""

    name: str
    session: str


def port(api: ApiConfig, name: str | None) -> Finding:
    """Check that the port is free, or serves the session that is meant."""
    host = f"[{api.host}]" if ":" in api.host else api.host
    check, where = "port", f"{host}:{api.port}"
    if not api.port:
        return Finding(check=check, found="any free one is taken")
    try:
        running = msgspec.json.decode(Client(f"http://{where}", ASK_S).get(STATUS), type=Running)
    except CliError as error:
        if error.code is ExitCode.UNREACHABLE:
            return _bindable(check, api)
        advice = "FINANTRADE_TOKEN is its token, where it has one"
        return Finding(check=check, verdict=Verdict.WARN, expected=f"{where} to be free, or to tell which session "
                       "it serves", found=f"a finantrade daemon that says: {error}", help=advice)  # fmt: skip
    found = f"{where} serves the session {running.name}/{running.session}"
    if name in (None, running.name):
        return Finding(check=check, found=found)
    return Finding(
        check=check,
        verdict=Verdict.FAIL,
        expected=f"{where} to be free, or to serve {name}",
        found=found,
        help="choose another with `--port N` or `api.port`",
    )


def token(api: ApiConfig, surroundings: Mapping[str, str]) -> Finding:
    """Check that there is a token where one is needed, and that it cannot be guessed. It is never told."""
    check, found = "token", token_of(surroundings)
    if found is None and not api.tls_terminated_by_proxy:
        return Finding(check=check, found="none, and none is needed: only this machine reaches the daemon")
    if found is not None and _bits(found) >= ENOUGH_BITS:
        return Finding(check=check, found="one that cannot be guessed")
    return Finding(
        check=check,
        verdict=Verdict.FAIL if api.tls_terminated_by_proxy else Verdict.WARN,
        expected="a token that cannot be guessed in FINANTRADE_TOKEN, or in the credential `token` of the service",
        found="none" if found is None else "one that is too short or too plain",
        help="`openssl rand -hex 32` makes one",
    )


def _bindable(check: str, api: ApiConfig) -> Finding:
    try:
        bind(api.host, api.port).close()
    except PortBusy as error:
        return told(check, Verdict.FAIL, error)
    except OSError as error:
        expected = f"to be able to listen on {api.host}:{api.port}"
        found = error.strerror or str(error)
        return Finding(
            check=check, verdict=Verdict.FAIL, expected=expected, found=found, help="see `api` in the configuration"
        )
    return Finding(check=check, found=f"{api.port} of {api.host} is free")


def _bits(text: str) -> float:
    return len(text) * log2(len(set(text)))
