"""Tailoring told slowly: one pixel after the other, from the files of the tiles' products.

It knows nothing of ``tasks.merge`` and ``algorithms.locate``: only the rule that a pixel is, whole,
the pixel of the first tile that contains its centre and has an observation there.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import rasterio
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from products.bands import LAYERS, Layer

SOURCE = "granule"
"""Key under which a spectrum names the granule instead of a number of source_index."""
Spectrum = dict[str, Any]


@dataclass(frozen=True)
class Delivered:
    """A folder of layers as it lies on the disk."""

    epsg: int
    west: float
    north: float
    size: float
    layers: dict[str, np.ndarray]
    granules: dict[int, str]

    @property
    def shape(self) -> tuple[int, int]:
        return next(iter(self.layers.values())).shape

    def spectrum(self, row: int, column: int) -> Spectrum:
        found = {name: pixels[row, column].item() for name, pixels in self.layers.items()}
        index = found.pop("INDEX")
        return found | {SOURCE: self.granules[index] if index >= 0 else None}


def read(folder: Path) -> Delivered:
    """Read a folder of layers, of any format, and the granules that source_index names."""
    document = json.loads(next(folder.glob("metadata_*.json")).read_text())
    granules = {int(key): name for key, name in document["Product_id_list"].items()}
    netcdf = list(folder.glob("*.nc"))
    if netcdf:
        return _read_netcdf(netcdf[0], document, granules)
    layers = {}
    for band in document["Band_interpretations"]:
        with rasterio.open(folder / band["File_path"]) as file:
            layers[_api_id(band["Name"])] = file.read(1)
            epsg, transform = file.crs.to_epsg(), file.transform
            assert file.nodata == band["No_data_value"]
    return Delivered(epsg, transform.c, transform.f, transform.a, layers, granules)


def _read_netcdf(path: Path, document: dict[str, Any], granules: dict[int, str]) -> Delivered:
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        names = [band["Name"] for band in document["Band_interpretations"]]
        layers = {_api_id(name): np.array(file[name][0]) for name in names}
        x, y = (np.array(file[axis][:], float) for axis in _axes(file))
    size = (x[-1] - x[0]) / (len(x) - 1)
    epsg = int(document["Geometry"]["CRS"].removeprefix("EPSG:"))
    return Delivered(epsg, x[0] - size / 2, y[0] + size / 2, size, layers, granules)


def _axes(file: netCDF4.Dataset) -> tuple[str, str]:
    _, y, x = file[next(layer.name for layer in LAYERS if layer.name in file.variables)].dimensions
    return x, y


def _api_id(name: str) -> str:
    return next(layer.api_id for layer in LAYERS if layer.name == name)


class Reference:
    """What an order must hold, pixel by pixel, from the products of the tiles by their names."""

    def __init__(self, tiles: dict[str, Delivered], area: BaseGeometry) -> None:
        self._tiles = tiles
        self._area = area
        """In degrees, edges straight in degrees."""
        self._change: dict[tuple[int, int], Transformer] = {}

    def spectrum(self, x: float, y: float, epsg: int, layers: tuple[Layer, ...]) -> Spectrum:
        """Return what belongs at a pixel centre, by API id; the granule instead of its number."""
        nothing = {layer.api_id: layer.nodata for layer in layers} | {SOURCE: None}
        nothing.pop("INDEX", None)
        if not self._area.contains(self._point(x, y, epsg)):
            return nothing
        candidates = []
        for name in sorted(self._tiles, key=lambda n: (self._tiles[n].epsg != epsg, n)):
            tile = self._tiles[name]
            tile_x, tile_y = self._to(tile.epsg, epsg, x, y)
            row = math.floor((tile.north - tile_y) / tile.size)
            column = math.floor((tile_x - tile.west) / tile.size)
            if 0 <= row < tile.shape[0] and 0 <= column < tile.shape[1]:
                candidates.append(tile.spectrum(row, column))
        observed = [found for found in candidates if found[SOURCE] is not None]
        best = (observed or candidates or [nothing])[0]
        return nothing | {name: value for name, value in best.items() if name in nothing}

    def unsure(self, x: float, y: float, epsg: int) -> bool:
        """Tell whether a point lies so near the area's border that projections may disagree."""
        return self._area.boundary.distance(self._point(x, y, epsg)) < 1e-6

    def _point(self, x: float, y: float, epsg: int) -> shapely.Point:
        longitude, latitude = self._to(4326, epsg, x, y)
        if self._area.bounds[2] > 180 and longitude < 0:
            longitude += 360
        return shapely.Point(longitude, latitude)

    def _to(self, target: int, epsg: int, x: float, y: float) -> tuple[float, float]:
        if target == epsg:
            return x, y
        key = (epsg, target)
        if key not in self._change:
            self._change[key] = Transformer.from_crs(epsg, target, always_xy=True)
        return self._change[key].transform(x, y)


def differences(
    delivered: Delivered, reference: Reference, layers: tuple[Layer, ...]
) -> tuple[list[str], dict[str, int]]:
    """Compare every pixel of every layer; also count pixels by where they come from."""
    wrong = []
    counts = {"unsure": 0, "empty": 0}
    for row in range(delivered.shape[0]):
        for column in range(delivered.shape[1]):
            x = delivered.west + (column + 0.5) * delivered.size
            y = delivered.north - (row + 0.5) * delivered.size
            if reference.unsure(x, y, delivered.epsg):
                counts["unsure"] += 1
                continue
            should = reference.spectrum(x, y, delivered.epsg, layers)
            is_ = delivered.spectrum(row, column)
            if is_ != should:
                wrong.append(f"{row}, {column}: {is_} instead of {should}")
            source = should[SOURCE]
            where = source.split("_T")[1][:5] if source else "empty"
            counts[where] = counts.get(where, 0) + 1
    return wrong, counts
