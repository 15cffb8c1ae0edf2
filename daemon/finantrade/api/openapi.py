"""The OpenAPI document, made from the types that are sent and one table of addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from finantrade.api.answers import API_VERSION, Code
from finantrade.api.control import AnyWish, Credentials
from finantrade.api.schema import (
    Bars,
    DecisionRow,
    EquityCurve,
    FillRow,
    Goodbye,
    Meta,
    Snapshot,
    Update,
)
from finantrade.runtime.status import Condition, OrderStatus, PositionStatus, Status

Json = dict[str, Any]
REF = "#/components/schemas/{name}"


@dataclass(frozen=True, slots=True)
class Field:
    """One member of an answer beside ``api_version``; a struct whose members are the answer's own has no name."""

    name: str
    kind: Any


@dataclass(frozen=True, slots=True)
class Address:
    """One thing that can be asked."""

    method: str
    path: str
    summary: str
    answer: tuple[Field, ...]
    arguments: tuple[str, ...] = ()
    body: Any = None


class Health(msgspec.Struct, frozen=True):
    condition: Condition
    detail: str


class Said(msgspec.Struct, frozen=True):
    """What a command came to: its number in the journal, and what it caused."""

    seq: int
    said: list[msgspec.Raw]


class Error(msgspec.Struct, frozen=True):
    code: Code
    message: str
    path: str | None
    hint: str | None


ADDRESSES = (
    Address("get", "/api/health", "whether the daemon works; 503 while it does not", (Field("", Health),)),
    Address("get", "/api/meta", "what does not change while it runs", (Field("", Meta),)),
    Address("get", "/api/live/status", "everything the daemon says of itself", (Field("", Status),)),
    Address("get", "/api/live/positions", "what is held", (Field("positions", list[PositionStatus]),)),
    Address("get", "/api/live/orders", "orders that have not filled yet", (Field("orders", list[OrderStatus]),)),
    Address("get", "/api/live/fills", "executions", (Field("fills", list[FillRow]),), ("limit", "before")),
    Address("get", "/api/live/equity", "the equity curve", (Field("equity", EquityCurve),), ("limit",)),
    Address(
        "get", "/api/live/bars", "closed bars of a symbol", (Field("symbol", str), Field("bars", Bars)),
        ("symbol", "limit", "before"),
    ),
    Address(
        "get", "/api/live/decisions", "the decision log", (Field("decisions", list[DecisionRow]),), ("limit", "before")
    ),
    Address("post", "/api/live/control", "give a command", (Field("", Said),), body=AnyWish),
    Address("post", "/api/session", "exchange the token for a cookie", (), body=Credentials),
)  # fmt: skip
ARGUMENTS: dict[str, Json] = {
    "symbol": {"required": True, "schema": {"type": "string"}},
    "limit": {"schema": {"type": "integer", "minimum": 1}},
    "before": {"schema": {"type": "integer", "minimum": 0}},
}
STREAMED = (Snapshot, Update, Goodbye)
"""What comes over the websocket at /api/live/stream, which OpenAPI has no way to describe."""


def document() -> bytes:
    """Return the document as JSON."""
    kinds = [field.kind for address in ADDRESSES for field in address.answer]
    bodies = [address.body for address in ADDRESSES if address.body is not None]
    every = [*kinds, *bodies, *STREAMED, Error]
    schemas, components = msgspec.json.schema_components(every, ref_template=REF)
    found = {id(kind): schema for kind, schema in zip(every, schemas, strict=True)}
    paths: dict[str, Json] = {}
    for address in ADDRESSES:
        paths.setdefault(address.path, {})[address.method] = _operation(address, found)
    info = {"title": "finantrade", "version": str(API_VERSION), "license": {"name": "MIT"}}
    parts = {"openapi": "3.1.0", "info": info, "paths": paths, "components": {"schemas": components}}
    return orjson.dumps(parts)


def _operation(address: Address, schemas: dict[int, Json]) -> Json:
    operation: Json = {
        "summary": address.summary,
        "responses": {
            "200": {"description": "as asked", "content": _json(_answer(address, schemas))},
            "default": {"description": "an error", "content": _json(_members({"error": schemas[id(Error)]}))},
        },
    }
    if address.arguments:
        operation["parameters"] = [{"name": one, "in": "query", **ARGUMENTS[one]} for one in address.arguments]
    if address.body is not None:
        operation["requestBody"] = {"required": True, "content": _json(schemas[id(address.body)])}
    return operation


def _answer(address: Address, schemas: dict[int, Json]) -> Json:
    named = {field.name: schemas[id(field.kind)] for field in address.answer if field.name}
    whole = [schemas[id(field.kind)] for field in address.answer if not field.name]
    return {"allOf": [_members(named), *whole]} if whole else _members(named)


def _members(named: Json) -> Json:
    properties = {"api_version": {"const": API_VERSION}, **named}
    return {"type": "object", "required": list(properties), "properties": properties}


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}
