"""A column in a text of a YAML file is found where it stands there, in whatever style the text is written."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from finantrade import yaml_source
from finantrade.config_layers import plain
from finantrade.yaml_source import YamlError, position

words = st.text("abcxyz_019<>()+-*/.,=", min_size=1, max_size=9)
texts = st.lists(words, min_size=1, max_size=12).map(" ".join)
styles = st.sampled_from([None, "'", '"', "|", ">"])


class Styled(yaml.SafeDumper):
    """Writes every text in one style."""

    style: str | None = None

    def represent_styled(self, text: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=self.style)


Styled.add_representer(str, Styled.represent_styled)


@given(texts, styles, st.integers(20, 60), st.booleans())
def test_every_sign_is_found_where_it_stands(text: str, style: str | None, width: int, tagged: bool) -> None:
    Styled.style = style
    value = {"dip": text} if tagged else text
    written = yaml.dump({"strategies": [{"params": {"enter": value}}]}, Dumper=Styled, width=width, sort_keys=False)
    path = ("strategies", 0, "params", "enter", *(("dip",) if tagged else ()))
    try:
        read = plain(yaml_source.read(written.encode(), "x"))
    except YamlError:
        assume(False)
        raise
    found = read["strategies"][0]["params"]["enter"]
    found = found["dip"] if tagged else found
    assume(isinstance(found, str))
    lines = written.splitlines()
    for column, sign in enumerate(found, 1):
        if not sign.isspace():
            place = position(written.encode(), path, column)
            assert place is not None
            assert lines[place[0] - 1][place[1] - 1] == sign
    after = position(written.encode(), path, len(found) + 1)
    assert after is not None
    assert lines[after[0] - 1][after[1] - 2] == found.rstrip()[-1]


@pytest.mark.parametrize(
    ("text", "path", "column", "expected"),
    [
        ("a: b > 1", ("a",), 3, (1, 6)),
        ("a:\n  - x: 'b > 1'", ("a", 0, "x"), 1, (2, 9)),
        ("a: |\n   b\n    > 1\n", ("a",), 4, (3, 5)),
        ("a: >-  # why\n  b\n  > 1\n", ("a",), 3, (3, 3)),
        ('a: "b \\u003e 1"', ("a",), 3, None),
        ("a: b", ("c",), 1, None),
        ("a: [b]", ("a", 1), 1, None),
        ("a: {b: c}", ("a",), 1, None),
        ("", ("a",), 1, None),
    ],
)
def test_places_by_hand(text: str, path: tuple[str | int, ...], column: int, expected: tuple[int, int] | None) -> None:
    assert position(text.encode(), path, column) == expected
