"""The pins: each package with one version and its hashes, alike in every file, and no place named to fetch it from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests.tidy.source import ROOT

FILES = ("requirements.txt", "requirements-dev.txt", "requirements-build.txt")
PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[^ ;]+)( ; (?P<marker>[^\\]+))?( \\)?")
HASH = re.compile(r" {4}--hash=sha256:[0-9a-f]{64}( \\)?")
COMMENT = re.compile(r" {4}# {1,4}[\w. -]+")
PLACE = re.compile(r"://|--(extra-)?index|--find-links|--trusted|\s@\s|file:|(^|[\s=])(/|~|\.\.?/)|[A-Za-z]:\\")


def read(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


def pins(text: str) -> dict[str, str]:
    return {match["name"]: match["version"] for line in text.splitlines() if (match := PIN.fullmatch(line))}


def unexpected_lines(text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        if not any(kind.fullmatch(line) for kind in (PIN, HASH, COMMENT)):
            yield f"{number}: expected a pin, a hash or where it comes from, found {line!r}"


def unhashed_pins(text: str) -> Iterator[str]:
    lines = text.splitlines()
    for number, (line, following) in enumerate(zip(lines, [*lines[1:], ""], strict=True), 1):
        if PIN.fullmatch(line) and not (line.endswith("\\") and HASH.fullmatch(following)):
            yield f"{number}: expected hashes after {line!r}"


def places(text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        if found := PLACE.search(line):
            yield f"{number}: names a place ({found[0]!r}) that other machines do not have"


@pytest.mark.parametrize("rule", [unexpected_lines, unhashed_pins, places])
@pytest.mark.parametrize("file", FILES)
def test_everything_is_pinned_by_hash_and_nothing_names_a_place(
    file: str, rule: Callable[[str], Iterator[str]]
) -> None:
    assert [f"{file}:{breach}" for breach in rule(read(file))] == []
    assert pins(read(file))


def test_the_files_agree_on_every_version() -> None:
    everything = [(name, version) for file in FILES for name, version in pins(read(file)).items()]
    versions = {name: sorted({version for other, version in everything if other == name}) for name, _ in everything}
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_every_declared_dependency_is_pinned_to_a_version_it_permits() -> None:
    project = tomllib.loads(read("pyproject.toml"))
    declared = {
        "requirements.txt": project["project"]["dependencies"],
        "requirements-dev.txt": project["dependency-groups"]["dev"],
        "requirements-build.txt": [*project["dependency-groups"]["build"], *project["build-system"]["requires"]],
    }
    breaches = [
        f"{file}: expected {wanted}, found {pins(read(file)).get(canonicalize_name(wanted.name), 'nothing')}"
        for file, texts in declared.items()
        for wanted in map(Requirement, texts)
        if pins(read(file)).get(canonicalize_name(wanted.name), "") not in wanted.specifier
    ]
    assert breaches == []


GOOD = "numpy==2.4.6 \\\n    --hash=sha256:" + "0" * 64 + "\n    # via\n    #   pandas\n"


@pytest.mark.parametrize(
    ("rule", "text", "breach"),
    [
        (unexpected_lines, "numpy>=2\n", "1: expected a pin"),
        (unexpected_lines, GOOD + "-e .\n", "5: expected a pin"),
        (unhashed_pins, "numpy==2.4.6\n" + GOOD, "1: expected hashes"),
        (unhashed_pins, GOOD + "numpy==2.4.6 \\\n", "5: expected hashes"),
        (places, "--index-url https://example.org/simple\n", "names a place"),
        (places, "numpy @ file:numpy.whl\n", "names a place"),
        (places, "# from /opt/wheels\n", "names a place"),
    ],
)
def test_a_planted_breach_is_found(rule: Callable[[str], Iterator[str]], text: str, breach: str) -> None:
    found = list(rule(text))
    assert len(found) == 1
    assert breach in found[0]


def test_a_good_file_is_let_through() -> None:
    assert [breach for rule in (unexpected_lines, unhashed_pins, places) for breach in rule(GOOD)] == []
