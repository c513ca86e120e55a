"""Sun and view angle grids of a granule, from MTD_TL.xml (specification section 2.5)."""

import warnings
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from products.errors import GranuleRejected
from sources.xml import parse_xml

Nodes = npt.NDArray[np.float64]


@dataclass(frozen=True)
class AngleGrids:
    """Angles in degrees at nodes; float64[N, M], NaN where the metadata have none."""

    sun_zenith: Nodes
    sun_azimuth: Nodes
    view_zenith: Nodes
    """Mean over detectors, then over bands."""
    view_azimuth: Nodes
    """Vector mean likewise, 0..360."""
    step: float
    """Metres between nodes; node (0, 0) is the tile's upper left corner."""


def read_angle_grids(data: bytes, where: str) -> AngleGrids:
    """Read the grids of MTD_TL.xml, or raise GranuleRejected."""
    root = parse_xml(data, where)
    sun = root.find(".//Sun_Angles_Grid")
    views = root.findall(".//Viewing_Incidence_Angles_Grids")
    if sun is None or not views:
        raise GranuleRejected(
            "metadata", f"{where} has no sun or view angle grids; fetch the granule again."
        )
    zenith, azimuth = _view_means(views, where)
    return AngleGrids(
        _nodes(sun, "Zenith", where),
        _nodes(sun, "Azimuth", where),
        zenith,
        azimuth,
        float(sun.findtext("Zenith/COL_STEP") or 5000),
    )


def _view_means(views: list[Any], where: str) -> tuple[Nodes, Nodes]:
    zeniths, azimuths = defaultdict(list), defaultdict(list)
    for view in views:
        zeniths[view.get("bandId")].append(_nodes(view, "Zenith", where))
        azimuths[view.get("bandId")].append(np.radians(_nodes(view, "Azimuth", where)))
    zenith = _mean([_mean(grids) for grids in zeniths.values()])
    east = _mean([_mean([np.sin(g) for g in grids]) for grids in azimuths.values()])
    north = _mean([_mean([np.cos(g) for g in grids]) for grids in azimuths.values()])
    return zenith, np.degrees(np.arctan2(east, north)) % 360.0


def _nodes(parent: Any, angle: str, where: str) -> Nodes:
    rows = parent.findall(f"{angle}/Values_List/VALUES")
    try:
        nodes = np.array([[float(word) for word in row.text.split()] for row in rows])
    except (ValueError, AttributeError) as error:
        raise GranuleRejected(
            "metadata", f"{where} has a broken angle grid ({error}); fetch the granule again."
        ) from error
    if nodes.ndim != 2 or not nodes.size:
        raise GranuleRejected(
            "metadata", f"{where} has an empty angle grid; fetch the granule again."
        )
    return nodes


def _mean(grids: list[Nodes]) -> Nodes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # nodes outside every detector stay NaN
        mean: Nodes = np.nanmean(np.stack(grids), axis=0)
    return mean
