"""Every JSON answer in one form: an object that carries ``api_version``; decimals and enums as text, NaN as null."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec
import orjson
from quart import Response

API_VERSION = 1


class Code(StrEnum):
    """What went wrong, for programs."""

    BAD_REQUEST = "bad_request"
    MALFORMED_JSON = "malformed_json"
    INVALID_BODY = "invalid_body"
    INVALID_ARGUMENT = "invalid_argument"
    NOT_SIGNED_IN = "not_signed_in"
    WRONG_CREDENTIALS = "wrong_credentials"
    TOO_MANY_FAILURES = "too_many_failures"
    UNKNOWN_SYMBOL = "unknown_symbol"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    BODY_TOO_LARGE = "body_too_large"
    BODY_TOO_SLOW = "body_too_slow"
    FOREIGN_HOST = "foreign_host"
    FOREIGN_ORIGIN = "foreign_origin"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    RECOVERING = "recovering"
    QUARANTINED = "quarantined"
    STOPPING = "stopping"
    JOURNAL_UNWRITABLE = "journal_unwritable"
    NO_ANSWER_YET = "no_answer_yet"
    INTERNAL = "internal"


class Problem(Exception):
    """An answer that is an error. ``path`` is the JSON path in the request's body, ``hint`` what to do about it."""

    def __init__(
        self, status: int, code: Code, message: str, *, path: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.path = path
        self.hint = hint


def plain(value: object) -> Any:
    """Return dicts, lists, text and numbers for any value of ours; a struct keeps its tag as ``type``."""
    return msgspec.to_builtins(value)


def text_of(value: object) -> str:
    """Return the JSON text of any value of ours."""
    return orjson.dumps(plain(value)).decode()


def answer(body: Mapping[str, Any], status: int = 200) -> Response:
    """Return a JSON answer; nothing of ours is to be kept by a cache."""
    return Response(
        orjson.dumps({"api_version": API_VERSION, **body}),
        status,
        {"Cache-Control": "no-store"},
        content_type="application/json",
    )


def refuse(problem: Problem) -> Response:
    """Return the one shape of errors."""
    error = {"code": problem.code, "message": problem.message, "path": problem.path, "hint": problem.hint}
    return answer({"error": error}, problem.status)
