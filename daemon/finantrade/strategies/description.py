"""A strategy as it is told to people and forms: what its class, its parameters and their schema say themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from finantrade.strategies.factory import by_boundary
from finantrade.strategies.protocol import Foreseeing, Sleeping, StrategyClass

BY_ROW, BY_BOUNDARY = "row", "boundary"


class ParameterDescription(msgspec.Struct, frozen=True):
    """One parameter; ``low`` and ``high`` are its bounds, None where there is none."""

    name: str
    kind: str
    default: Any
    required: bool
    low: float | None
    high: float | None
    what: str


class StrategyDescription(msgspec.Struct, frozen=True, kw_only=True):
    """``decides`` says whether it sees one symbol's row or all rows of a boundary; ``schema`` is that of ``Params``."""

    name: str
    decides: str
    idea: str
    text: str
    tells_ahead: bool
    parameters: tuple[ParameterDescription, ...]
    schema: dict[str, Any]


def describe(name: str, cls: StrategyClass) -> StrategyDescription:
    """Return what a strategy says of itself: its module's docstring, or its own where the module has none."""
    text = inspect.getdoc(inspect.getmodule(cls)) or inspect.getdoc(cls) or ""
    together = by_boundary(cls) is not None
    return StrategyDescription(
        name=name,
        decides=BY_BOUNDARY if together else BY_ROW,
        idea=" ".join(text.partition("\n\n")[0].split()),
        text=text,
        tells_ahead=issubclass(cls, Sleeping if together else Foreseeing),
        parameters=tuple(_parameters(cls.Params)),
        schema=msgspec.json.schema(cls.Params),
    )


def _parameters(params: type[msgspec.Struct]) -> Iterator[ParameterDescription]:
    (schema,), components = msgspec.json.schema_components([params])
    one = components[schema["$ref"].rpartition("/")[2]]
    required = one.get("required", ())
    for name, field in one["properties"].items():
        low, high, kind = _bounds(field)
        what = field.get("description", "")
        yield ParameterDescription(name, kind, field.get("default"), name in required, low, high, what)


def _bounds(field: Mapping[str, Any]) -> tuple[float | None, float | None, str]:
    """Return lower and upper bound and the JSON type; of a parameter that may be left out, those of its value."""
    value = next((one for one in field.get("anyOf", ()) if one.get("type") != "null"), field)
    low = value.get("minimum", value.get("exclusiveMinimum"))
    high = value.get("maximum", value.get("exclusiveMaximum"))
    return low, high, value.get("type", "object")
