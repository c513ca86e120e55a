"""What a report shows of a product besides the findings: its layers, thinned, beside a reference.

A report is made of broken products too, so a layer that cannot be shown is no error here; the
reason is kept instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio

from algorithms.method import method_of
from products.bands import METHOD_FROM, Layer
from products.formats import ProductFormat
from products.naming import layer_file
from products.overviews import kept_pixels
from products.product import ProductFacts
from products.raster_read import Array, layer_address
from qc.sample import read_sample

_UNREADABLE = (rasterio.errors.RasterioError, OSError, ValueError)
_HAIR = 1e-6


@dataclass(frozen=True)
class Sampled:
    """The layers of one product folder, thinned."""

    layers: Mapping[str, Array]
    """Stored pixels by API id, each [Y, X] of the same shape."""
    unread: Mapping[str, str]
    """Why a layer that belongs to the product cannot be shown, by API id."""

    def __contains__(self, api_id: str) -> bool:
        """Tell whether a layer can be shown."""
        return api_id in self.layers

    def __getitem__(self, api_id: str) -> Array:
        """Return the pixels of a layer."""
        return self.layers[api_id]


@dataclass(frozen=True)
class Evidence:
    """What there is to draw."""

    shown: Sampled
    step: int
    """Every so many rows and columns one is looked at."""
    reference: Sampled | None = None
    reference_name: str = ""

    @property
    def pixels(self) -> int:
        """How many pixels of each layer are looked at."""
        return next(iter(self.shown.layers.values())).size if self.shown.layers else 0

    def methods(self) -> Array | None:
        """Return uint8 codes of how each pixel was chosen, None where layers lack for it."""
        if not all(name in self.shown for name in METHOD_FROM):
            return None
        return method_of(*(self.shown[name] for name in METHOD_FROM))

    def wins(self, inputs: int) -> Array | None:
        """Return int64[inputs], the pixels that each input won, None without source_index."""
        if "INDEX" not in self.shown:
            return None
        index = self.shown["INDEX"]
        return np.bincount(index[(index >= 0) & (index < inputs)], minlength=inputs)


def gather(folder: Path, facts: ProductFacts, reference: Path | None = None) -> Evidence:
    """Look at the layers of a product folder, and at those of a reference of the same mosaic."""
    rows, _ = kept_pixels(facts.grid.shape)
    step = round(facts.grid.shape[0] / len(rows))
    shown = _sampled(folder, facts, facts.form, placed=False)
    if reference is None:
        return Evidence(shown, step)
    form = next((form for form in ProductFormat if _has(reference, facts, form)), facts.form)
    return Evidence(shown, step, _sampled(reference, facts, form, placed=True), reference.name)


def _has(folder: Path, facts: ProductFacts, form: ProductFormat) -> bool:
    return any(_path(folder, facts, layer, form).exists() for layer in facts.layers)


def _path(folder: Path, facts: ProductFacts, layer: Layer, form: ProductFormat) -> Path:
    name = layer_file(layer, facts.period, facts.grid.resolution, facts.place, form)
    return folder / facts.place / name


def _sampled(folder: Path, facts: ProductFacts, form: ProductFormat, *, placed: bool) -> Sampled:
    layers: dict[str, Array] = {}
    unread: dict[str, str] = {}
    for layer in facts.layers:
        path = _path(folder, facts, layer, form)
        try:
            address = layer_address(path, layer)
            if wrong := _unfit(address, layer, facts, placed=placed):
                unread[layer.api_id] = wrong
            else:
                layers[layer.api_id] = read_sample(address)
        except _UNREADABLE as error:
            reason = (str(error).splitlines() or ["no reason given"])[0]
            unread[layer.api_id] = reason.replace(str(path), path.name)
    return Sampled(layers, unread)


def _unfit(address: str, layer: Layer, facts: ProductFacts, *, placed: bool) -> str | None:
    """Say why a layer cannot be shown beside the others, None where it can."""
    with rasterio.open(address) as file:
        if file.shape != facts.grid.shape:
            is_, should = (" x ".join(map(str, s)) for s in (file.shape, facts.grid.shape))
            return f"it has {is_} pixels, not {should}"
        if file.dtypes[0] != layer.dtype:
            return f"its pixels are {file.dtypes[0]}, not {layer.dtype}"
        hair = _HAIR * facts.grid.transform.a
        if placed and not file.transform.almost_equals(facts.grid.transform, hair):
            return "it lies elsewhere"
    return None
