"""Names of products and their files (specification section 9.1)."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Self

from products.bands import Layer
from products.errors import BadInput
from products.formats import ProductFormat
from products.period import Period, PeriodKind

_NAME = re.compile(
    r"^S2GM_([DTMQY])(10|20|60)_(\d{8})_(\d{8})_([A-Za-z0-9][A-Za-z0-9_-]{0,39})"
    r"_(STD|VEG|SOI)_v(\d+\.\d+\.\d+)_([1-9]\d*)$"
)
_KINDS = {kind.code: kind for kind in PeriodKind}


@dataclass(frozen=True)
class ProductName:
    """``S2GM_<TSS>_<start>_<end>_<order>_<CCC>_v<X.Y.Z>_<number>``."""

    period: Period
    resolution: int
    order: str
    """Name of the order, or the tile in near-real-time production."""
    number: int
    """Running number, unique in the service."""
    configuration: str = "STD"
    version: str = "1.0.0"

    def __str__(self) -> str:
        """Render; ``parse`` gives the same name back."""
        first, last = (day.strftime("%Y%m%d") for day in (self.period.start, self.period.end))
        return (
            f"S2GM_{tss(self.period, self.resolution)}_{first}_{last}_{self.order}"
            f"_{self.configuration}_v{self.version}_{self.number}"
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a product name, or raise BadInput."""
        refusal = BadInput(
            f"{text!r} is not a product name like S2GM_M10_20180601_20180630_31UDS_STD_v1.0.0_12."
        )
        found = _NAME.match(text)
        if not found:
            raise refusal
        kind, resolution, start, _end, order, configuration, version, number = found.groups()
        try:
            day = date(int(start[:4]), int(start[4:6]), int(start[6:]))
            period = Period(_KINDS[kind], day)
        except ValueError:
            raise refusal from None
        name = cls(period, int(resolution), order, int(number), configuration, version)
        if str(name) != text:
            raise refusal
        return name


def tss(period: Period, resolution: int) -> str:
    """Return period letter and resolution, for example ``M10``."""
    return f"{period.kind.code}{resolution}"


def layer_file(
    layer: Layer,
    period: Period,
    resolution: int,
    place: str,
    form: ProductFormat = ProductFormat.GEO_TIFF,
) -> str:
    """Return the name of the file that holds a layer, for example ``B02_M10_20180601_31UDS.tiff``.

    A NetCDF product has all layers in one file, ``M10_20180601_31UDS.nc``.
    """
    stem = _stem(period, resolution, place)
    if form is ProductFormat.NETCDF:
        return f"{stem}{form.suffix}"
    return f"{layer.name}_{stem}{form.suffix}"


def metadata_file(period: Period, resolution: int, place: str) -> str:
    """Return the file name of the JSON metadata."""
    return f"metadata_{_stem(period, resolution, place)}.json"


def stac_file(period: Period, resolution: int, place: str) -> str:
    """Return the file name of the STAC item."""
    return f"stac_{_stem(period, resolution, place)}.json"


def _stem(period: Period, resolution: int, place: str) -> str:
    return f"{tss(period, resolution)}_{period.start:%Y%m%d}_{place}"
