"""Charts as inline SVG, which the page's style colours for light, dark and paper.

They are built as elements, never as text, so nothing that they say can break out of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10
from xml.etree import ElementTree

from markupsafe import Markup

from products.raster_read import Array

_SMALL, _WIDE = (190, 112), (360, 150)
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 8, 6, 18
_THIN = "\N{NARROW NO-BREAK SPACE}"
_ROW = 24
"""Height of a horizontal bar with its gap."""


@dataclass(frozen=True)
class Bar:
    """One bar of a chart."""

    label: str
    share: float
    """From 0 to 1."""
    colour: str = ""
    """``#rrggbb``; empty: the page's own."""
    reference: float | None = None
    """The same share in the reference."""


def histogram(
    alt: str, edges: Array, shares: Array, reference: Array | None = None, *, wide: bool = False
) -> Markup:
    """Draw the shares of values between edges as an area, those of a reference as a line."""
    tallest = max(float(part.max(initial=0)) for part in (shares, reference) if part is not None)
    plot = _Plot(alt, _WIDE if wide else _SMALL, (float(edges[0]), float(edges[-1])), tallest)
    plot.frame(percent_ticks(tallest, 3), ticks(float(edges[0]), float(edges[-1]), 4))
    plot.draw("path", "area", d=f"{_steps(plot, edges, shares)}Z")
    if reference is not None:
        plot.draw("path", "reference", d=_steps(plot, edges, reference))
    return plot.rendered()


def columns(alt: str, bars: Sequence[Bar]) -> Markup:
    """Draw bars that stand side by side; where they are many, only some are labelled."""
    tallest = max((s for bar in bars for s in (bar.share, bar.reference or 0)), default=0.0)
    plot = _Plot(alt, _WIDE, (0, max(len(bars), 1)), tallest)
    every = ceil(max(len(bars), 1) / 12)
    labels = [(i + 0.5, bar.label) for i, bar in enumerate(bars) if i % every == 0]
    plot.frame(percent_ticks(tallest, 3), labels)
    for i, bar in enumerate(bars):
        left, right = plot.x(i + 0.1), plot.x(i + 0.9)
        top = plot.y(bar.share)
        box = {"x": left, "y": top, "width": right - left, "height": plot.y(0) - top}
        plot.draw("rect", "bar", style=_fill(bar), **box)
        if bar.reference is not None:
            plot.draw("path", "reference", d=f"M{left} {plot.y(bar.reference)}H{right}")
    return plot.rendered()


def rows(alt: str, bars: Sequence[Bar]) -> Markup:
    """Draw bars that lie below each other, each with its name and its share in words."""
    width, height = _WIDE[0], _ROW * len(bars)
    svg = _svg(alt, width, height)
    longest = max((s for bar in bars for s in (bar.share, bar.reference or 0)), default=0) or 1
    left, room = 118, width - 118 - 58
    for i, bar in enumerate(bars):
        y = i * _ROW + 4
        _text(svg, left - 8, y + 12, bar.label, "end", "name")
        box = {"x": left, "y": y, "width": _n(max(room * bar.share / longest, 0.5)), "height": 16}
        _element(svg, "rect", "bar", style=_fill(bar), **box)
        if bar.reference is not None:
            x = _n(left + room * bar.reference / longest)
            _element(svg, "path", "reference", d=f"M{x} {y - 2}V{y + 18}")
        end = max(bar.share, bar.reference or 0)
        _text(svg, left + room * end / longest + 6, y + 12, percent(bar.share), "start")
    return _markup(svg)


def density(alt: str, picture: str, low: float, high: float) -> Markup:
    """Draw a square of two like axes, with a picture of where the pairs lie and their diagonal."""
    plot = _Plot(alt, (190, 180), (low, high), high, low)
    marks = ticks(low, high, 4)
    plot.frame(marks, marks)
    left, top = plot.x(low), plot.y(high)
    box = {"x": left, "y": top, "width": plot.x(high) - left, "height": plot.y(low) - top}
    plot.draw("image", "pixels", href=picture, preserveAspectRatio="none", **box)
    plot.draw("path", "diagonal", d=f"M{left} {plot.y(low)}L{plot.x(high)} {top}")
    return plot.rendered()


def percent(share: float) -> str:
    """Return a share for people, and never 0 or 100 percent where it is not."""
    if 0 < share < 0.0005:
        return f"< 0.1{_THIN}%"
    if share == 1:
        return f"100{_THIN}%"
    if 0.9995 <= share < 1:
        return f"> 99.9{_THIN}%"
    return f"{share * 100:.2g}{_THIN}%" if share < 0.1 else f"{share * 100:.1f}{_THIN}%"


def ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Return round numbers between two, at most about so many, with how they are written."""
    step = _round_step((high - low) / most)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [(i * step, f"{round(i * step, 10):g}") for i in range(first, last + 1)]


def percent_ticks(high: float, most: int) -> list[tuple[float, str]]:
    """Return round shares from 0, written in percent."""
    marks = ticks(0, high * 100, most) if high > 0 else [(0.0, "0")]
    return [(value / 100, f"{text}{_THIN}%") for value, text in marks]


def _round_step(rough: float) -> float:
    if rough <= 0:
        return 1.0
    power = 10.0 ** floor(log10(rough))
    return next(m * power for m in (1, 2, 5, 10) if rough <= m * power * (1 + 1e-9))


class _Plot:
    """A chart with two axes; ``x`` and ``y`` give places for values."""

    def __init__(
        self, alt: str, size: tuple[int, int], across: tuple[float, float], high: float,
        low: float = 0,
    ) -> None:  # fmt: skip
        self._width, self._height = size
        self._across, self._low, self._high = across, low, high
        self._svg = _svg(alt, *size)

    def x(self, value: float) -> float:
        """Return where a value of the horizontal axis lies."""
        low, high = self._across
        inner = self._width - _LEFT - _RIGHT
        return _n(_LEFT + inner * (value - low) / ((high - low) or 1))

    def y(self, value: float) -> float:
        """Return where a value of the vertical axis lies."""
        inner = self._height - _TOP - _BOTTOM
        share = (value - self._low) / ((self._high - self._low) or 1)
        return _n(_TOP + inner * (1 - share))

    def frame(
        self, vertical: Sequence[tuple[float, str]], horizontal: Sequence[tuple[float, str]]
    ) -> None:
        """Draw grid lines and the words at the axes."""
        for value, label in vertical:
            self.draw("path", "grid", d=f"M{_LEFT} {self.y(value)}H{self._width - _RIGHT}")
            _text(self._svg, _LEFT - 4, self.y(value) + 3, label, "end")
        for value, label in horizontal:
            _text(self._svg, self.x(value), self._height - 5, label, "middle")

    def draw(self, tag: str, kind: str, **attributes: object) -> None:
        """Add an element."""
        _element(self._svg, tag, kind, **attributes)

    def rendered(self) -> Markup:
        """Return the chart."""
        return _markup(self._svg)


def _fill(bar: Bar) -> str:
    return f"fill:{bar.colour}" if bar.colour else ""


def _steps(plot: _Plot, edges: Array, shares: Array) -> str:
    parts = [f"M{plot.x(float(edges[0]))} {plot.y(0)}"]
    for (left, right), share in zip(pairwise(edges.tolist()), shares.tolist(), strict=True):
        parts.append(f"L{plot.x(left)} {plot.y(share)}H{plot.x(right)}")
    return "".join(parts) + f"V{plot.y(0)}"


def _svg(alt: str, width: int, height: int) -> ElementTree.Element:
    return ElementTree.Element(
        "svg", {"viewBox": f"0 0 {width} {height}", "role": "img", "aria-label": alt}
    )


def _element(svg: ElementTree.Element, tag: str, kind: str, **attributes: object) -> None:
    said = {name: str(value) for name, value in attributes.items() if value != ""}
    ElementTree.SubElement(svg, tag, {"class": kind} | said)


def _text(
    svg: ElementTree.Element, x: float, y: float, words: str, anchor: str, kind: str = "tick"
) -> None:
    where = {"x": str(_n(x)), "y": str(_n(y)), "text-anchor": anchor, "class": kind}
    ElementTree.SubElement(svg, "text", where).text = words


def _markup(svg: ElementTree.Element) -> Markup:
    return Markup(ElementTree.tostring(svg, encoding="unicode"))  # noqa: S704 - elements, not text


def _n(value: float) -> float:
    """Round to what a screen can show."""
    return round(value, 1)
