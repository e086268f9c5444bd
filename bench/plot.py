"""Plots as small SVG files, without a plotting library: the benches run in the program's own environment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

IMAGES = Path(__file__).parents[1] / "docs/img"
INK, GREY = "#1b1b1b", "#71767a"
COLOURS = ("#1a4480", "#b50909", "#008817", "#936f38", "#7a4988", "#00687d", "#71767a")
_WIDTH, _HEIGHT = 760, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 130, 16, 46
_STEPS = 6


@dataclass(frozen=True, slots=True)
class Line:
    """Points that are joined; lines of one name have one colour and one entry in the legend."""

    name: str
    points: Sequence[tuple[float, float]]


def save(path: Path, width: int, height: int, body: Sequence[str]) -> None:
    """Write an SVG of these elements."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join((head, f'<rect width="{width}" height="{height}" fill="#fff"/>', *body, "</svg>\n")))


def text(x: float, y: float, words: str, colour: str = INK, size: int = 12, anchor: str = "start") -> str:
    """An element of words."""
    shape = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"'
    return f"<text {shape}>{escape(words)}</text>"


def chart(path: Path, lines: Sequence[Line], x: str, y: str) -> None:
    """The lines over axes named `x` and `y`, which both begin at 0."""
    across = _ticks(max(point[0] for line in lines for point in line.points))
    up = _ticks(max(point[1] for line in lines for point in line.points))
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM

    def at(px: float, py: float) -> tuple[float, float]:
        return _LEFT + px / across[-1] * (right - _LEFT), bottom - py / up[-1] * (bottom - _TOP)

    names = list(dict.fromkeys(line.name for line in lines))
    body = [text((_LEFT + right) / 2, _HEIGHT - 8, x, anchor="middle")]
    turned = text(0, 0, y, anchor="middle")
    body.append(f'<g transform="translate(14 {(_TOP + bottom) / 2:.0f}) rotate(-90)">{turned}</g>')
    for tick in up:
        height = at(0, tick)[1]
        body.append(f'<path d="M{_LEFT} {height:.1f}H{right}" stroke="#dfe1e2"/>')
        body.append(text(_LEFT - 6, height + 4, f"{tick:,g}", GREY, anchor="end"))
    body += [text(at(tick, 0)[0], bottom + 18, f"{tick:,g}", GREY, anchor="middle") for tick in across]
    for line in lines:
        points = " ".join(f"{px:.1f},{py:.1f}" for px, py in (at(*point) for point in line.points))
        colour = COLOURS[names.index(line.name) % len(COLOURS)]
        body.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
    for n, name in enumerate(names):
        body.append(text(right + 12, _TOP + 14 + 18 * n, name, COLOURS[n % len(COLOURS)]))
    save(path, _WIDTH, _HEIGHT, body)


def _ticks(most: float) -> list[float]:
    """Round numbers from 0 to beyond `most`."""
    power = 10.0 ** math.floor(math.log10(most / _STEPS))
    step = next(step * power for step in (1, 2, 5, 10) if step * power * _STEPS >= most)
    return [step * n for n in range(math.ceil(most / step) + 1)]
