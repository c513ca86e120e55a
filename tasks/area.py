"""Areas as people give them: a tile, a file, or WKT."""

import re
from pathlib import Path

from catalog.delivery import tile_extents
from products.area import Area, area_of, parse_area
from products.errors import BadInput
from products.grid import check_tile_name
from products.mgrs import tile_extent
from tasks.workshop import Workshop

_MAX_AREA_BYTES = 5 << 20


def read_area(workshop: Workshop, text: str) -> Area:
    """Understand what a person gave as area: a tile, a file of GeoJSON or WKT, or WKT itself."""
    if re.fullmatch(r"\d\d[A-Za-z]{3}", text.strip()):
        return _area_of_tile(workshop, check_tile_name(text.strip().upper()))
    path = Path(text)
    if _is_file(path):
        if path.stat().st_size > _MAX_AREA_BYTES:
            raise BadInput(f"{path} is larger than {_MAX_AREA_BYTES >> 20} MiB; simplify the area.")
        try:
            return parse_area(path.read_text(encoding="utf-8"), str(path))
        except OSError as error:
            raise BadInput(f"{path} cannot be read ({error.strerror}); check the file.") from error
        except UnicodeDecodeError as error:
            raise BadInput(
                f"{path} is not text; export the area as GeoJSON or WKT in EPSG:4326."
            ) from error
    if path.suffix.lower() in (".geojson", ".json", ".wkt", ".txt", ".kml", ".shp", ".gpkg"):
        raise BadInput(f"There is no file {path}; give a GeoJSON or WKT file, WKT, or a tile.")
    return parse_area(text)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a long WKT is no name that a file could have
        return False


def _area_of_tile(workshop: Workshop, tile: str) -> Area:
    with workshop.catalog.transaction() as session:
        known = tile_extents(session).get(tile)
    return area_of(known or tile_extent(tile))
