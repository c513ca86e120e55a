"""What is kept up to date, and how a revision gets its identity."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Self

from products.bands import RESOLUTIONS
from products.errors import BadInput
from products.grid import check_tile_name
from products.period import Period

_WORDS = 4
"""Tile, kind of period, its start, resolution."""


@dataclass(frozen=True, order=True)
class MosaicKey:
    """A mosaic: tile, period and resolution."""

    tile: str
    period: Period
    resolution: int

    def __str__(self) -> str:
        """Render for people: ``31UDS MONTH 2018-06-01 10 m``."""
        return f"{self.tile} {self.period.kind} {self.period.start} {self.resolution} m"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse what ``str`` rendered, or a person typed without the unit; raises BadInput."""
        words = text.removesuffix("m").split()
        if len(words) != _WORDS or not words[-1].isdecimal() or int(words[-1]) not in RESOLUTIONS:
            raise BadInput(f"{text!r} is no mosaic; write it like 31UDS MONTH 2018-06-01 10 m.")
        tile, kind, start, resolution = words
        return cls(check_tile_name(tile), Period.parse(kind, start), int(resolution))

    @staticmethod
    def looks_like(text: str) -> bool:
        """Tell whether somebody means a mosaic, rightly written or not."""
        return len(text.split()) > 1


@dataclass(frozen=True)
class Definition:
    """Everything besides the inputs that decides the bytes of a product."""

    threshold: int = 5
    """Valid observations from which the medoid takes over from the STC."""
    algorithm: str = "1.1.0"
    """Generation of the STC tree and the snow refinement."""
    layout: str = "1.0.0"
    """Version of the product's layout, the X.Y.Z of its name."""

    def to_json(self) -> str:
        """Render for the catalog; ``from_json`` gives the same definition back."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Parse what ``to_json`` rendered."""
        return cls(**json.loads(text))


def revision_id(definition: Definition, key: MosaicKey, inputs: list[tuple[str, str]]) -> str:
    """Hash definition, mosaic and inputs (granule id, checksum): same inputs, same revision."""
    record = {
        "definition": asdict(definition),
        "mosaic": str(key),
        "inputs": sorted(inputs),
    }
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
