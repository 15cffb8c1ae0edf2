"""Everything installed to run has a licence that is known and asks nothing of who uses the program: no GPL, no AGPL.

1. A distribution's licence is its ``License-Expression``; where it is too old for that its classifiers, all of them;
   where there are none its ``License`` field.
2. In an expression one side of an OR must be permitted, both sides of an AND.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, metadata

import pytest
from packaging.requirements import Requirement
from tests.tidy.source import ROOT, words

# CNRI-Python is the licence of Python 1.6, under which the package regex still carries code of that time.
PERMITTED = words(
    "0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause CC0-1.0 CNRI-Python ISC MIT MPL-2.0 PSF-2.0 Unlicense Zlib"
) | {"Apache-2.0 WITH LLVM-exception"}
SPELLINGS = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "License :: OSI Approved :: Python Software Foundation License": "PSF-2.0",
    "Simplified BSD": "BSD-2-Clause",
}
TOKEN = re.compile(r"[()]|[\w.+-]+(?: WITH [\w.-]+)?")
Fields = Mapping[str, list[str]]


def installed_to_run() -> list[str]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line.rstrip(" \\")) for line in lines if "==" in line and line[0].isalnum()]
    return sorted(pin.name for pin in pins if pin.marker is None or pin.marker.evaluate())


def licence(fields: Fields) -> str:
    """Return the licence as an expression; empty where the distribution says nothing."""
    classifiers = [line for line in fields.get("Classifier", []) if line.startswith("License :: ")]
    first_lines = [text.strip().splitlines()[0] for text in fields.get("License", []) if text.strip()]
    spelled = [SPELLINGS.get(text, f"({text})") for text in classifiers or first_lines]
    return "".join(fields.get("License-Expression", [])) or " AND ".join(spelled)


def permitted(expression: str) -> bool:
    tokens = TOKEN.findall(expression)
    return bool(tokens) and any_of(tokens) and not tokens


def any_of(tokens: list[str]) -> bool:
    verdict = all_of(tokens)
    while tokens and tokens[0] == "OR":
        tokens.pop(0)
        verdict = all_of(tokens) or verdict
    return verdict


def all_of(tokens: list[str]) -> bool:
    verdict = one(tokens)
    while tokens and tokens[0] == "AND":
        tokens.pop(0)
        verdict = one(tokens) and verdict
    return verdict


def one(tokens: list[str]) -> bool:
    token = tokens.pop(0) if tokens else ""
    if token != "(":
        return token in PERMITTED
    verdict = any_of(tokens)
    return bool(tokens) and tokens.pop(0) == ")" and verdict


def breaches(names: list[str]) -> Iterator[str]:
    for name in names:
        try:
            found = metadata(name)
        except PackageNotFoundError:
            yield f"{name}: pinned to run, but not installed"
            continue
        expression = licence({key: found.get_all(key, []) for key in ("License-Expression", "License", "Classifier")})
        if not permitted(expression):
            yield f"{name}: expected one of {sorted(PERMITTED)}, found {expression or 'no licence at all'!r}"


def test_everything_installed_to_run_may_be_used_freely() -> None:
    names = installed_to_run()
    assert len(names) > 20
    assert list(breaches(names)) == []


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ("MIT", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("MPL-2.0 AND (Apache-2.0 OR GPL-3.0-only)", True),
        ("GPL-3.0-or-later OR MIT", True),
        ("GPL-3.0-or-later AND MIT", False),
        ("MIT AND GPL-3.0-or-later", False),
        ("(MIT OR Apache-2.0) AND AGPL-3.0-only", False),
        ("GPL-3.0-only WITH GCC-exception-3.1", False),
        ("LicenseRef-Proprietary", False),
        ("MIT surprise", False),
        ("(MIT", False),
        ("", False),
    ],
)
def test_expressions(expression: str, verdict: bool) -> None:
    assert permitted(expression) is verdict


@pytest.mark.parametrize(
    ("fields", "expression", "verdict"),
    [
        ({"License-Expression": ["MIT"], "License": ["GPL"]}, "MIT", True),
        ({"Classifier": ["License :: OSI Approved :: MIT License"], "License": ["see LICENSE"]}, "MIT", True),
        (
            {
                "Classifier": [
                    "Typing :: Typed",
                    "License :: OSI Approved :: MIT License",
                    "License :: OSI Approved :: GNU Affero General Public License v3",
                ]
            },
            "MIT AND (License :: OSI Approved :: GNU Affero General Public License v3)",
            False,
        ),
        ({"License": ["Apache-2.0"]}, "(Apache-2.0)", True),
        ({"License": ["GPLv3\nand more"]}, "(GPLv3)", False),
        ({"License": [""]}, "", False),
        ({}, "", False),
    ],
)
def test_where_a_licence_is_read(fields: Fields, expression: str, verdict: bool) -> None:
    assert licence(fields) == expression
    assert permitted(expression) is verdict


def test_what_is_pinned_but_not_there_is_a_breach() -> None:
    assert list(breaches(["no-such-distribution"])) == ["no-such-distribution: pinned to run, but not installed"]
