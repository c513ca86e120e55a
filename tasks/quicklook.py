"""Quicklooks: a true colour PNG for the eye, and a picture of how the pixels were chosen."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from rasterio.errors import NotGeoreferencedWarning

from algorithms.method import LABELS, method_of
from products.bands import BY_ID, METHOD_FROM
from products.product import ProductFacts
from products.raster_read import Array, layer_address
from products.true_colour import BANDS, true_colour

_LARGEST = 1024
_METHOD_COLOURS = ("#d9d9d9", "#e08214", "#2c7fb8", "#1b7837")


def write_pictures(layers: Path, facts: ProductFacts, stem: Path) -> list[Path]:
    """Write the pictures for which the layers are there: ``<stem>.png``, ``<stem>-selection.png``.

    ``layers`` is the folder of the layers. Returns the paths written.
    """
    delivered = {layer.api_id for layer in facts.layers}
    stem.parent.mkdir(parents=True, exist_ok=True)
    written = []
    if delivered.issuperset(BANDS):
        written.append(Path(f"{stem}.png"))
        write_quicklook(layers, facts, written[-1])
    if delivered.issuperset(METHOD_FROM):
        written.append(Path(f"{stem}-selection.png"))
        write_selection(layers, facts, written[-1])
    return written


def write_quicklook(layers: Path, facts: ProductFacts, path: Path) -> None:
    """Write B04, B03, B02 as a PNG of at most 1024 pixels a side; no data is transparent."""
    picture = true_colour(np.stack([_small(layers, facts, band) for band in BANDS]))
    _, height, width = picture.shape
    with (
        warnings.catch_warnings(action="ignore", category=NotGeoreferencedWarning),
        rasterio.open(
            path, "w", driver="PNG", width=width, height=height, count=4, dtype="uint8"
        ) as file,
    ):
        file.write(picture)
    Path(f"{path}.aux.xml").unlink(missing_ok=True)


def write_selection(layers: Path, facts: ProductFacts, path: Path) -> None:
    """Write maps of method, number of valid observations, and source, side by side."""
    source, valid, spread = (_small(layers, facts, name) for name in METHOD_FROM)
    figure = Figure(figsize=(15, 5), dpi=80)
    method, count, origin = figure.subplots(1, 3)
    figure.subplots_adjust(left=0.01, right=0.96, bottom=0.03, top=0.85, wspace=0.25)
    figure.suptitle(str(facts.name))
    _draw_method(figure, method, method_of(source, valid, spread))
    shown = np.ma.masked_equal(valid, BY_ID["VALID_OBS"].nodata)
    _draw(figure, count, shown, "valid observations", "viridis")
    dates = [entry.date for entry in facts.sources]
    days = np.array([(date - facts.period.start).days for date in dates], np.int16)
    taken = np.ma.masked_array(days[source], source < 0)
    _draw(figure, origin, taken, f"source: days after {facts.period.start}", "turbo")
    figure.savefig(path, metadata={"Software": None})


def _draw_method(figure: Figure, axes: Any, codes: Array) -> None:
    colours = ListedColormap(_METHOD_COLOURS)
    image = axes.imshow(
        codes,
        cmap=colours,
        norm=BoundaryNorm(np.arange(-0.5, 4), 4),
        interpolation="nearest",
    )
    bar = figure.colorbar(image, ax=axes, ticks=range(4), shrink=0.8)
    bar.ax.set_yticklabels(LABELS)
    _plain(axes, "method")


def _draw(figure: Figure, axes: Any, values: Array, title: str, colours: str) -> None:
    axes.set_facecolor("#d9d9d9")
    image = axes.imshow(values, cmap=colours, interpolation="nearest")
    figure.colorbar(image, ax=axes, shrink=0.8, ticks=MaxNLocator(integer=True))
    _plain(axes, title)


def _plain(axes: Any, title: str) -> None:
    axes.set_title(title)
    axes.set_xticks([])
    axes.set_yticks([])


def _small(layers: Path, facts: ProductFacts, api_id: str) -> Array:
    """Read a layer, thinned by whole steps to at most 1024 pixels a side."""
    layer = BY_ID[api_id]
    with rasterio.open(layer_address(layers / facts.layer_file(layer), layer)) as file:
        step = -(-max(file.shape) // _LARGEST)
        shape = (file.height // step or 1, file.width // step or 1)
        pixels: Array = file.read(1, out_shape=shape)
    return pixels
