"""Read what a product folder says about itself: ours, an order, or one made elsewhere.

Nothing is taken from a catalog, and no pixel is read. Products of other implementations are read as
far as their JSON follows section 10.1 of the specification; what only ours say (inputs with
checksums, threshold, statistics) stays empty for them, and ``foreign`` is true.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from affine import Affine

from products.bands import LAYERS, RESOLUTIONS, Layer
from products.errors import BadInput
from products.formats import ProductFormat
from products.grid import Grid
from products.naming import ProductName
from products.product import ProductFacts, SourceEntry

Document = Mapping[str, Any]
_BY_NAME = {layer.name: layer for layer in LAYERS}
_BY_SUFFIX = {form.suffix: form for form in ProductFormat}
_SIGNED = -32768
"""No data of angles in the original service, which stored them as int16 (section 9.2)."""
_ELEMENT = re.compile(r'"?elt_([01])_([012])"?\s*,\s*([-+0-9.eE]+)')
_EPSG = re.compile(r"EPSG:(\d+)")
_TILE = re.compile(r"_T(\d\d[A-Z]{3})_")
_STAMP = re.compile(r"_(\d{8})T\d{6}")
_BASELINE = re.compile(r"_N(\d\d)\.?(\d\d)")
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)


class _Wrong(ValueError):
    """What is wrong, in words for people."""


def open_product(folder: Path) -> list[ProductFacts]:
    """Return the facts of every piece of a product, by the name of its folder.

    Raises BadInput where there is no product, or its metadata cannot be understood.
    """
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is a file; give the base folder of a product.")
    if not folder.is_dir():
        raise BadInput(f"There is no folder {folder}; give the base folder of a product.")
    paths = sorted(folder.glob("*/metadata_*.json"))
    if not paths and list(folder.glob("metadata_*.json")):
        raise BadInput(
            f"{folder} is a folder of layers; give the base folder above it, {folder.parent}."
        )
    if not paths:
        raise BadInput(
            f"{folder} is no product: no folder below it holds a metadata_*.json; give the base "
            "folder of a product."
        )
    pieces = [read_facts(path) for path in paths]
    if len({str(facts.name) for facts in pieces}) > 1:
        raise BadInput(
            f"{folder} holds pieces of several products ({pieces[0].name}, {pieces[-1].name}); "
            "keep one product in a folder."
        )
    if len({facts.place for facts in pieces}) < len(pieces):
        raise BadInput(f"{folder} holds a piece with two metadata_*.json; remove the wrong one.")
    return pieces


def read_facts(path: Path) -> ProductFacts:
    """Return what a ``metadata_*.json`` says; raises BadInput where it cannot be understood."""
    try:
        return _facts(json.loads(path.read_bytes()), path.parent.name)
    except BadInput as error:
        raise BadInput(f"{path} is wrong: {error}") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}); check the disk.") from error
    except RecursionError as error:
        raise BadInput(f"{path} is no product's metadata; fetch the product again.") from error
    except _MALFORMED as error:
        raise BadInput(
            f"{path} is not the metadata that section 10.1 of the specification describes "
            f"({_reason(error)}); fetch the product again."
        ) from error


def _reason(error: Exception) -> str:
    """Say in plain words what is wrong with a document; Python's own words help no user."""
    match error:
        case KeyError():
            return f"{error} is missing"
        case _Wrong():
            return str(error)[:200]
        case json.JSONDecodeError():
            return f"it is not JSON, from line {error.lineno}, column {error.colno} on"
        case UnicodeDecodeError():
            return "it is not text in UTF-8"
        case ValueError() | OverflowError():
            return "a number, date or list in it is none"
    return "a value in it has another form"


def _facts(document: Document, place: str) -> ProductFacts:
    foreign = "Input_list" not in document
    sources = tuple(_named_sources(document) if foreign else _listed_sources(document))
    created = datetime.fromisoformat(document["Date_of_creation"])
    quality = document.get("Quality", {})
    return ProductFacts(
        name=ProductName.parse(document["Processing_name"]),
        place=place,
        tiles=tuple(document.get("Tile_list") or _tiles(place, sources)),
        grid=_grid(document),
        layers=tuple(_layer(entry) for entry in document["Band_interpretations"]),
        missing=tuple(_BY_NAME[entry["Name"]] for entry in document.get("Missing_layers", ())),
        sources=sources,
        created=created if created.tzinfo else created.replace(tzinfo=UTC),
        algorithm=document["Processing_steps"].rpartition(", ")[2],
        threshold=int(document.get("Medoid_threshold", 0)),
        form=_form(document["Band_interpretations"][0]),
        notes=tuple(map(str, quality.get("Notes", ()))),
        statistics=dict(quality.get("Statistics", {})),
        foreign=foreign,
    )


def _layer(entry: Document) -> Layer:
    """Return a layer of section 9.2 with the no data and the scale that the product states."""
    name, nodata = entry["Name"], int(entry["No_data_value"])
    if name not in _BY_NAME:
        raise _Wrong(f"no product has a band {name!r}")
    layer = _BY_NAME[name]
    if nodata == _SIGNED and layer.unit == "Degree":
        layer = replace(layer, dtype="int16")
    return replace(layer, nodata=nodata, scale=float(entry.get("Scaling_factor", 1.0)))


def _form(entry: Document) -> ProductFormat:
    suffix = Path(entry["File_path"]).suffix
    if suffix not in _BY_SUFFIX:
        raise _Wrong(f"a layer is {entry['File_path']!r}, not one of {', '.join(_BY_SUFFIX)}")
    return _BY_SUFFIX[suffix]


def _grid(document: Document) -> Grid:
    geometry, resolution = document["Geometry"], int(document["Resolution_distance"])
    code = _EPSG.fullmatch(geometry["CRS"])
    shape = int(geometry["Image_height"]), int(geometry["Image_width"])
    if code is None or resolution not in RESOLUTIONS or min(shape) < 1:
        raise _Wrong(f"{geometry['CRS']!r}, {resolution} m, {shape} pixels is no grid")
    return Grid(int(code[1]), resolution, shape, _transform(geometry, shape))


def _transform(geometry: Document, shape: tuple[int, int]) -> Affine:
    """Return the stated affine transform, else the one of the stated boundary."""
    text = geometry.get("Projection_parameter") or geometry.get("Projection_parameters") or ""
    found = {(int(row), int(column)): float(v) for row, column, v in _ELEMENT.findall(text)}
    if found:
        places = [(row, column) for row in range(2) for column in range(3)]
        plain = {(0, 0): 1.0, (1, 1): 1.0}
        return Affine(*(found.get(place, plain.get(place, 0.0)) for place in places))
    xs, ys = zip(*geometry["Boundary"], strict=True)
    height, width = shape
    east, north = (max(xs) - min(xs)) / width, (max(ys) - min(ys)) / height
    return Affine(east, 0, min(xs), 0, -north, max(ys))


def _listed_sources(document: Document) -> Iterator[SourceEntry]:
    """Yield the inputs that our products list."""
    names = document.get("Source_product_list", {})
    for index, entry in enumerate(document["Input_list"]):
        name = str(names.get(str(index), ""))
        yield SourceEntry(
            id=entry["Id"],
            tile_id="" if name == entry["Id"] else name,
            satellite=entry["Satellite"],
            date=date.fromisoformat(entry["Date"]),
            baseline=entry["Processing_baseline"],
            used=bool(entry["Used"]),
            checksum=entry["Checksum"],
        )


def _named_sources(document: Document) -> Iterator[SourceEntry]:
    """Yield what the granule identifiers of a foreign product tell.

    All count as used, since it does not say which are; one whose identifier bears no date gets the
    first day of the period.
    """
    names = document["Source_product_list"]
    if sorted(names, key=int) != [str(index) for index in range(len(names))]:
        raise _Wrong(f"the keys of Source_product_list are not 0 to {len(names) - 1}")
    first = date.fromisoformat(document["Mosaicking_period_start"])
    for index in range(len(names)):
        name = names[str(index)]
        stamp, baseline = _STAMP.search(name), _BASELINE.search(name)
        yield SourceEntry(
            id=name,
            tile_id=name,
            satellite=name[:3],
            date=date.fromisoformat(stamp[1]) if stamp else first,
            baseline=f"{baseline[1]}.{baseline[2]}" if baseline else "",
            used=True,
            checksum="",
        )


def _tiles(place: str, sources: tuple[SourceEntry, ...]) -> list[str]:
    """Return the tile of a tiled piece, else those that the granules' identifiers name."""
    if re.fullmatch(r"\d\d[A-Z]{3}", place):
        return [place]
    found = (_TILE.search(f"{source.id}_") for source in sources)
    return sorted({match[1] for match in found if match})
