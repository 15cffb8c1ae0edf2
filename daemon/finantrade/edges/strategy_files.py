"""Strategies from outside: a class in a local Python file, or in an installed package. The impure edge of the registry.

A file is executed, with all that this means: use only what you would run anyway.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import cast

from finantrade.conversion import suggestion
from finantrade.edges.python_files import module_of_file
from finantrade.edges.strategy_conformance import shortcomings
from finantrade.features.lookup import Lookup
from finantrade.strategies import registry
from finantrade.strategies.protocol import StrategyClass


class StrategyLoadError(ValueError):
    """A strategy that cannot be had from where it was said to be."""


def load_strategy(name: str, file: str | None = None, lookup: Lookup | None = None) -> StrategyClass:
    """Return a strategy class.

    With ``file``, ``name`` is a class in it; ``package.module.Class`` (or ``package.module:Class``) is one in an
    installed package; any other name is the registry's. Rules may name what is in ``lookup``.

    Raises StrategyLoadError or UnknownStrategy.
    """
    if file is not None:
        return _conforming(module_of_file(Path(file), "strategy", StrategyLoadError), name, file)
    module, _, cls = name.partition(":") if ":" in name else name.rpartition(".")
    if module:
        return _conforming(_installed(module), cls, module)
    return registry.get_over(name, lookup if lookup is not None and lookup.own else None)


def _installed(name: str) -> ModuleType:
    try:
        return import_module(name)
    except Exception as error:
        raise StrategyLoadError(f"{name}: cannot be imported: {type(error).__name__}: {error}") from error


def _conforming(module: ModuleType, name: str, where: str) -> StrategyClass:
    found: object = getattr(module, name, None)
    if not isinstance(found, type):
        classes = [key for key, value in vars(module).items() if isinstance(value, type)]
        near = suggestion(name, classes) or f"; its classes are {', '.join(classes) or 'none'}"
        raise StrategyLoadError(f"{where}: no class {name!r}{near}")
    wrong = shortcomings(found)
    if wrong:
        raise StrategyLoadError("\n".join(f"{where}: class {name}: {text}" for text in wrong))
    return cast("StrategyClass", found)
