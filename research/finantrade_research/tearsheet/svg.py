"""Drawing in SVG by text: a frame with axes, lines that break where nothing is defined, areas, bars and dots.

Colours are classes, so that the page's style says what they are in light, in dark and on paper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite

import numpy as np

from finantrade_research.curve import Floats
from finantrade_research.tearsheet.scales import Mark, Scale

LEFT, RIGHT, TOP, BOTTOM = 52.0, 12.0, 10.0, 24.0
CORNER = 1.5
HALF_A_LABEL = 18.0
"""Nearer to the edge than this, the name of a mark would be cut through."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A drawing of so many points with its two scales."""

    width: float
    height: float
    x: Scale
    y: Scale

    @classmethod
    def of(
        cls, width: float, height: float, x: tuple[float, float], y: tuple[float, float], *, log: bool = False
    ) -> Frame:
        """Return a frame with room for axes on the left and below."""
        across = Scale(*x, LEFT, width - RIGHT)
        return cls(width, height, across, Scale(*y, height - BOTTOM, TOP, log=log))

    def drawn(self, label: str, *parts: str) -> str:
        """Return the whole drawing; ``label`` says to those who cannot see it what it shows."""
        box = f'viewBox="0 0 {self.width:g} {self.height:g}"'
        return f'<svg {box} role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'

    def axes(self, across: Iterable[Mark], upwards: Iterable[float], named: Callable[[float], str]) -> str:
        """Return grid lines with their names."""
        floor_ = self.height - BOTTOM
        lines = [
            f'<path class="grid" d="M{LEFT:g} {place:.1f}H{self.width - RIGHT:g}"/>'
            f'<text class="tick" x="{LEFT - 8:g}" y="{place + 3.5:.1f}" text-anchor="end">{escape(named(value))}</text>'
            for value in upwards
            for place in (self.y.at(value),)
        ]
        lines += [
            f'<path class="mark" d="M{place:.1f} {floor_:g}v4"/>'
            f'<text class="tick" x="{place:.1f}" y="{floor_ + 16:g}" text-anchor="{anchor}">{escape(name)}</text>'
            for value, name in across
            for place in (self.x.at(value),)
            for anchor in ("end" if self.width - place < HALF_A_LABEL else "middle",)
        ]
        return "".join(lines)

    def line(self, x: Floats, y: Floats, name: str) -> str:
        """Return a line of class ``name`` through the points, broken where there is none."""
        return f'<path class="line {name}" d="{_path(self.x(x), self.y(y))}"/>'

    def area(self, x: Floats, y: Floats, base: float, name: str) -> str:
        """Return what is between the points and ``base``; the points have to be defined."""
        across, foot = self.x(x), self.y.at(base)
        return f'<path class="{name}" d="M{across[0]:.1f} {foot:.1f}L{_points(across, self.y(y))}V{foot:.1f}Z"/>'

    def level(self, value: float, name: str = "zero") -> str:
        """Return a line across at a value."""
        return f'<path class="{name}" d="M{LEFT:g} {self.y.at(value):.1f}H{self.width - RIGHT:g}"/>'

    def bar(self, middle: float, value: float, width: float, name: str, title: str) -> str:
        """Return a bar from zero, ``width`` points wide."""
        ends = sorted((self.y.at(0.0), self.y.at(value)))
        left = self.x.at(middle) - width / 2
        box = f'x="{left:.1f}" y="{ends[0]:.1f}" width="{width:.1f}" height="{max(ends[1] - ends[0], 0.5):.1f}"'
        return f'<rect class="{name}" {box} rx="{CORNER}"><title>{escape(title)}</title></rect>'

    def dots(self, x: Floats, y: Floats, name: str, titles: Sequence[str] | None = None) -> str:
        """Return dots, with titles each its own; without as one short path."""
        across, upwards = self.x(x), self.y(y)
        if titles is None:
            places = "".join(f"M{a:.1f} {b:.1f}h0" for a, b in zip(across, upwards, strict=True))
            return f'<path class="dots {name}" d="{places}"/>'
        return "".join(
            f'<circle class="{name}" cx="{a:.1f}" cy="{b:.1f}" r="2.6"><title>{escape(title)}</title></circle>'
            for a, b, title in zip(across, upwards, titles, strict=True)
        )


def _path(x: Floats, y: Floats) -> str:
    pieces = np.split(np.arange(len(x)), np.flatnonzero(np.diff(np.isfinite(y))) + 1)
    return "".join(f"M{_points(x[one], y[one])}" for one in pieces if isfinite(float(y[one[0]])))


def _points(x: Floats, y: Floats) -> str:
    return "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
