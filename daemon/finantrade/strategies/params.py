"""Parameters of a strategy: from plain data to its typed struct, with the place of everything that does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from finantrade.conversion import dotted, misfits
from finantrade.strategies.protocol import StrategyClass


class ParamsError(ValueError):
    """Parameters that do not fit: path and sentence of each, and one line for each as text."""

    def __init__(self, wrong: Iterable[tuple[str, str]]) -> None:
        self.wrong = tuple(wrong)
        super().__init__("\n".join(f"{path}: {text}" for path, text in self.wrong))


def build_params(cls: StrategyClass, raw: Mapping[str, Any], where: str) -> msgspec.Struct:
    """Return the parameters of ``cls``. Raises ParamsError, its paths beginning with ``where``."""
    return _build(cls, raw, dict.fromkeys(raw, where), where)


def build_symbol_params(
    cls: StrategyClass, base: Mapping[str, Any], own: Mapping[str, Any], where: str, own_where: str
) -> msgspec.Struct:
    """Return the parameters for one symbol: ``base`` with what differs for it. Raises ParamsError, as above."""
    origins = dict.fromkeys(base, where) | dict.fromkeys(own, own_where)
    return _build(cls, {**base, **own}, origins, where)


def _build(cls: StrategyClass, raw: Mapping[str, Any], origins: Mapping[str, str], where: str) -> msgspec.Struct:
    wrong = misfits(cls.Params, raw, noun="parameter")
    if wrong:
        raise ParamsError(
            (dotted((origins.get(str(path[0]), where), *path)) if path else origins.get(_named(line), where), line)
            for path, _, text in wrong
            for line in text.splitlines()
        )
    return msgspec.convert(raw, cls.Params)


def _named(text: str) -> str:
    """Return the parameter that a struct's own sentence begins with, if it does: ``stop: ...``, ``stop.early: ...``."""
    return text.partition(":")[0].partition(".")[0]
