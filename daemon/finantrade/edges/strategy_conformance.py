"""Whether a class is a strategy: what is missing or of the wrong shape, in words for whoever wrote it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping

import msgspec

Methods = Mapping[str, tuple[str, ...]]

BOTH: Methods = {"features": (), "snapshot": (), "restore": ("state",)}
BY_ROW: Methods = {"__init__": ("symbol", "params"), "on_row": ("row", "position"), **BOTH}
BY_BOUNDARY: Methods = {"__init__": ("symbols", "params"), "on_boundary": ("rows", "portfolio"), **BOTH}


def shortcomings(cls: type[object]) -> list[str]:
    """Return what keeps ``cls`` from being a strategy; empty if nothing does."""
    return [*_params(cls), *_methods(cls)]


def _params(cls: type[object]) -> Iterator[str]:
    params = getattr(cls, "Params", None)
    if params is None:
        yield "no Params: expected a msgspec.Struct of its parameters"
    elif not (isinstance(params, type) and issubclass(params, msgspec.Struct)):
        yield f"Params: expected a msgspec.Struct class, found {params!r}"
    else:
        for option in ("frozen", "forbid_unknown_fields"):
            if not getattr(params.__struct_config__, option):
                yield f"Params: expected {option}=True"


def _methods(cls: type[object]) -> Iterator[str]:
    by_boundary = hasattr(cls, "on_boundary")
    if by_boundary and hasattr(cls, "on_row"):
        yield "on_row and on_boundary: expected one of them, found both"
    for name, arguments in (BY_BOUNDARY if by_boundary else BY_ROW).items():
        form = f"{name}({', '.join(('self', *arguments))})"
        method = inspect.getattr_static(cls, name, None)
        if method is None or method is getattr(object, name, None):
            yield f"no {name}: expected {form}"
        elif not inspect.isfunction(method) or inspect.iscoroutinefunction(method):
            yield f"{name}: expected a plain method {form}"
        elif not _takes(method, len(arguments) + 1):
            yield f"{name}: expected {form}, found {name}{inspect.signature(method)}"


def _takes(method: object, count: int) -> bool:
    try:
        inspect.signature(method).bind(*[None] * count)  # pyright: ignore[reportArgumentType]  checked to be a function
    except TypeError:
        return False
    return True
