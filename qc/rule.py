"""How a rule looks at pixels, and how what it measured becomes a finding."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from products.raster_read import Array
from qc.finding import Finding, Verdict, number_of
from qc.quantity import Quantity
from qc.strips import Place, Strip, Thinned

ENOUGH = 200
"""Pixels from which on statistics are judged."""


class PixelRule(Protocol):
    """A rule that sees every strip once, from north to south, and then says what it found."""

    @property
    def id(self) -> str:
        """Id in the catalogue."""

    @property
    def needs(self) -> frozenset[str]:
        """API ids of the layers that it looks at."""

    def look(self, strip: Strip) -> None:
        """Take in a strip, in which all that the rule needs can be read."""

    def finding(self) -> Finding:
        """Say what was found in all strips."""


@dataclass
class Invariant:
    """A rule that holds for every single pixel, or is broken."""

    id: str
    needs: frozenset[str]
    broken: Callable[[Strip], Iterable[Array]]
    """Gives masks of the pixels that break it, bool[Y, X], one for each thing that is checked."""
    count: int = 0
    first: Place | None = None

    def look(self, strip: Strip) -> None:
        """Count the pixels of a strip that break the rule."""
        for wrong in self.broken(strip):
            count = int(np.count_nonzero(wrong))
            if count and self.first is None:
                row, column = np.unravel_index(int(wrong.argmax()), wrong.shape)
                self.first = strip.top + int(row), int(column)
            self.count += count

    def finding(self) -> Finding:
        """Fail where a single pixel breaks the rule."""
        if self.first is None:
            return Finding(self.id, Verdict.PASS, "Holds for every pixel.", 0, 0)
        row, column = self.first
        told = (
            f"Broken at {number_of(self.count, 'pixel')}, the first at row {row}, column {column}."
        )
        return Finding(self.id, Verdict.FAIL, told, self.count, 0)


@dataclass
class Bounded:
    """A layer whose values must not go beyond a limit, in the unit of both.

    Stored values are whole; ``scale`` makes values of them.
    """

    id: str
    layer: str
    """API id."""
    limit: float
    scale: float
    unit: str
    needs: frozenset[str] = frozenset()
    largest: int | None = None
    """Stored; None where there is no data."""
    count: int = 0
    """Pixels beyond the limit."""
    first: Place | None = None

    def __post_init__(self) -> None:
        self.needs = frozenset({self.layer})

    def look(self, strip: Strip) -> None:
        """Take in the largest value of a strip, and the pixels beyond the limit."""
        pixels = strip[self.layer]
        known = pixels != strip.nodata(self.layer)
        if not known.any():
            return
        largest = int(pixels.max(where=known, initial=0))
        self.largest = max(largest, self.largest or 0)
        if largest <= self._highest:
            return
        beyond = known & (pixels > self._highest)
        self.count += int(np.count_nonzero(beyond))
        if self.first is None:
            row, column = np.unravel_index(int(beyond.argmax()), beyond.shape)
            self.first = strip.top + int(row), int(column)

    def finding(self) -> Finding:
        """Fail where a single pixel is beyond the limit."""
        if self.largest is None:
            return Finding(self.id, Verdict.PASS, "No pixel has a value.")
        largest = self.largest * self.scale
        if self.first is None:
            told = f"At most {largest:g} {self.unit}."
            return measured(self.id, Verdict.PASS, told, largest, self.limit)
        row, column = self.first
        where = f"beyond {self.limit:g}, the first at row {row}, column {column}."
        told = f"Up to {largest:g} {self.unit}; {number_of(self.count, 'pixel')} {where}"
        return measured(self.id, Verdict.FAIL, told, largest, self.limit)

    @property
    def _highest(self) -> int:
        return round(self.limit / self.scale)


@dataclass
class Sampled:
    """A rule about the statistics of the chosen pixels; a thinned part of them is enough."""

    id: str
    needs: frozenset[str]
    judge: Callable[[Thinned], Finding]
    parts: list[Thinned] = field(default_factory=list)

    def look(self, strip: Strip) -> None:
        """Keep the thinned pixels of a strip; rules share them."""
        self.parts.append(strip.thinned)

    def finding(self) -> Finding:
        """Judge all thinned pixels together."""
        return self.judge(
            {name: np.concatenate([part[name] for part in self.parts]) for name in self.needs}
        )


@dataclass(frozen=True)
class Stated:
    """A rule whose finding does not depend on pixels."""

    found: Finding
    needs: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """Id in the catalogue."""
        return self.found.rule

    def look(self, strip: Strip) -> None:
        """Ignore a strip."""

    def finding(self) -> Finding:
        """Return what was found before."""
        return self.found


def skipped(rule: str, reason: str) -> Finding:
    """Return the finding of a rule that cannot judge."""
    return Finding(rule, Verdict.SKIPPED, reason)


def measured(
    rule: str,
    verdict: Verdict,
    told: str,
    value: float,
    limit: float,
    quantity: Quantity | None = None,
) -> Finding:
    """Return a finding with the number on which it rests, rounded as reports show it.

    ``quantity`` is what the number is where it is not what the catalogue says of the rule.
    """
    return Finding(rule, verdict, told, round(float(value), 6), limit, quantity)
