"""What a person can order: an area, a period, layers, a format and a reference system."""

import hashlib
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import shapely

from products.area import Area
from products.bands import BY_ID, LAYERS, RESOLUTIONS, Layer
from products.errors import BadInput
from products.formats import ProductFormat
from products.mosaic import Definition
from products.period import Period

Choice = TypeVar("Choice", bound=StrEnum)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


class ReferenceSystem(StrEnum):
    """The reference systems of products."""

    UTM = "UTM"
    WGS84 = "WGS84"


@dataclass(frozen=True)
class Order:
    """A user's demand. Checked when it is made, so that no work starts on a bad one."""

    name: str
    area: Area
    period: Period
    resolution: int
    layers: tuple[Layer, ...]
    """In the order in which they were asked for."""
    form: ProductFormat
    system: ReferenceSystem

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise BadInput(
                f"{self.name!r} cannot name an order; use up to 40 letters, digits, _ and -, "
                "beginning with a letter or digit."
            )
        if self.resolution not in RESOLUTIONS:
            raise BadInput(f"There are no {self.resolution} m mosaics; choose 10, 20 or 60.")
        for layer in self.layers:
            if not self.form.holds(layer.dtype):
                raise BadInput(
                    f"{self.form} cannot hold {layer.api_id}, which is {layer.dtype}; "
                    "choose another format."
                )

    def identity(self, definition: Definition, revisions: list[str]) -> str:
        """Hash the order and the revisions from which it is cut: the same are the same product."""
        record = {
            "name": self.name,
            "area": shapely.to_wkb(shapely.normalize(self.area.geometry), hex=True),
            "epsg": self.area.epsg,
            "period": [self.period.kind, self.period.start.isoformat()],
            "resolution": self.resolution,
            "layers": [layer.api_id for layer in self.layers],
            "format": self.form,
            "system": self.system,
            "layout": definition.layout,
            "revisions": sorted(revisions),
        }
        return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def parse_layers(text: str) -> tuple[Layer, ...]:
    """Parse API ids such as ``B04,B08,SCENE``; empty means all 22."""
    names = [word.strip().upper() for word in text.split(",") if word.strip()]
    if not names:
        return LAYERS
    if unknown := [name for name in names if name not in BY_ID]:
        raise BadInput(f"There is no band {unknown[0]}; choose from {', '.join(BY_ID)}.")
    if twice := [name for name in names if names.count(name) > 1]:
        raise BadInput(f"The band {twice[0]} is asked for twice; name it once.")
    return tuple(BY_ID[name] for name in names)


def parse_choice(kind: type[Choice], word: str, what: str) -> Choice:
    """Parse a word of an enumeration, or raise BadInput with the words there are."""
    try:
        return kind(word.upper())
    except ValueError:
        raise BadInput(f"There is no {what} {word}; choose from {', '.join(kind)}.") from None
