"""How a group of commands is made, so that all of them read alike."""

from __future__ import annotations

import typer


def group(purpose: str) -> typer.Typer:
    """Return an empty group. Its help is plain text: it can be searched and piped, and costs no import."""
    return typer.Typer(help=purpose, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
