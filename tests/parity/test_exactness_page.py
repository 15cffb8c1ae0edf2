"""What docs/exactness.md says in figures is what is measured."""

from __future__ import annotations

import pytest
from tests.exactness import PAGE, page, tables


@pytest.mark.timeout(300)
def test_the_page_is_as_measured() -> None:
    kept = PAGE.read_text(encoding="utf-8")
    assert kept == page(kept), "write its tables anew: python -m tests.exactness"


def test_every_table_has_its_place() -> None:
    kept = PAGE.read_text(encoding="utf-8")
    for name in tables():
        assert kept.count(f"<!-- {name} -->\n| ") == 1
