"""Tailor: cut an order from the published mosaics, whole or not at all."""

import re
from collections.abc import Sequence
from pathlib import Path

from catalog.delivery import Published, book, published, tile_extents, wanted_mosaic
from products.area import WGS84, Area, area_of, parse_area
from products.bands import Layer
from products.errors import BadInput, NeedsOperator
from products.granule import Granule
from products.grid import Extent, check_tile_name
from products.mgrs import tile_extent, tiles_of
from products.mosaic import MosaicKey
from products.naming import ProductName
from products.order import Order
from products.pieces import PlannedPiece, plan_pieces, touches
from products.precedence import in_source_order
from products.product import ProductFacts, SourceEntry
from qc.finding import Verdict
from qc.manifest import check_manifest
from qc.pixels import check_pixels
from storage.local import move_into_place, remove
from tasks.check import check_files
from tasks.merge import MergeTally, TileMosaic, merge
from tasks.package import method_shares, newest_input, write_layers, write_metadata
from tasks.produce import produce
from tasks.workshop import Workshop, is_dead

_MAX_AREA_BYTES = 5 << 20
_STAGING = ".s2gm-"


def read_area(workshop: Workshop, text: str) -> Area:
    """Understand what a person gave as area: a tile, a file of GeoJSON or WKT, or WKT itself."""
    if re.fullmatch(r"\d\d[A-Za-z]{3}", text.strip()):
        return _area_of_tile(workshop, check_tile_name(text.strip().upper()))
    path = Path(text)
    if len(text) < 4096 and path.is_file():
        if path.stat().st_size > _MAX_AREA_BYTES:
            raise BadInput(f"{path} is larger than {_MAX_AREA_BYTES >> 20} MiB; simplify the area.")
        try:
            return parse_area(path.read_text(encoding="utf-8"), str(path))
        except UnicodeDecodeError as error:
            raise BadInput(
                f"{path} is not text; export the area as GeoJSON or WKT in EPSG:4326."
            ) from error
    if path.suffix.lower() in (".geojson", ".json", ".wkt", ".txt", ".kml", ".shp", ".gpkg"):
        raise BadInput(f"There is no file {path}; give a GeoJSON or WKT file, WKT, or a tile.")
    return parse_area(text)


def _area_of_tile(workshop: Workshop, tile: str) -> Area:
    with workshop.catalog.transaction() as session:
        known = tile_extents(session).get(tile)
    return area_of(known or tile_extent(tile))


def tailor(workshop: Workshop, order: Order, out: Path) -> Path:
    """Deliver an order below ``out`` and return its base folder.

    Mosaics that nobody asked for so far are composed first. The same order from the same revisions
    is the same product: where it is there already, nothing is done. The folder appears when it is
    complete and has passed the checks, or not at all.
    """
    tiles = _tiles_of(workshop, order)
    mosaics = [found for tile in tiles if (found := _mosaic(workshop, order, tile))]
    if not mosaics:
        raise BadInput(
            f"The catalog has no observation of {_some(sorted(tiles))} in {order.period.kind} "
            f"{order.period.start}; `s2gm granules` lists those that it has."
        )
    _deliverable(order, mosaics)
    name = _book(workshop, order, mosaics)
    final = out / str(name)
    if final.exists():
        return _delivered_before(final)
    out.mkdir(parents=True, exist_ok=True)
    _sweep(workshop, out)
    staging = out / f"{_STAGING}{workshop.owner}"
    try:
        folder = _assemble(workshop, order, name, tiles, mosaics, staging)
        workshop.point("tailor.before_move")
        move_into_place(folder, final)
    finally:
        remove(staging)
    return final


def _tiles_of(workshop: Workshop, order: Order) -> dict[str, Extent]:
    with workshop.catalog.transaction() as session:
        known = tile_extents(session)
    touched = {tile: ground for tile, ground in known.items() if touches(order.area, ground)}
    if not touched:
        needed = tiles_of(order.area.to(WGS84))
        raise BadInput(
            f"The area lies outside the data: on {_some(needed)}, but this catalog has granules of "
            f"{_some(sorted(known)) or 'no tile'}."
        )
    return touched


def _some(tiles: Sequence[str]) -> str:
    return ", ".join(tiles[:5]) + (f" and {len(tiles) - 5} more" if len(tiles) > 5 else "")


def _mosaic(workshop: Workshop, order: Order, tile: str) -> TileMosaic | None:
    """Return the mosaic of a tile, composed now where that is due; None without observations."""
    key = MosaicKey(tile, order.period, order.resolution)
    with workshop.catalog.transaction() as session:
        waiting = wanted_mosaic(session, key)
    if waiting is not None:
        produce(workshop, waiting)
    with workshop.catalog.transaction() as session:
        found = published(session, key)
    if found is None and waiting is not None:
        raise NeedsOperator(
            f"The mosaic {key} could not be published; `s2gm mosaics` says why. Mend it and order "
            "again."
        )
    return _tile_mosaic(workshop, order, tile, found) if found else None


def _tile_mosaic(workshop: Workshop, order: Order, tile: str, found: Published) -> TileMosaic:
    with workshop.catalog.transaction() as session:
        ground = tile_extents(session)[tile]
    return TileMosaic(
        tile=tile,
        revision=found.revision,
        folder=workshop.home / found.product,
        grid=ground.grid(order.resolution),
        granules=tuple(granule for granule, _ in found.inputs),
        checksums=tuple(checksum for _, checksum in found.inputs),
        threshold=found.definition.threshold,
    )


def _book(workshop: Workshop, order: Order, mosaics: Sequence[TileMosaic]) -> ProductName:
    revisions = [mosaic.revision for mosaic in mosaics]
    version = workshop.definition.layout

    def name_of(number: int) -> str:
        return str(ProductName(order.period, order.resolution, order.name, number, version=version))

    with workshop.catalog.transaction() as session:
        identity = order.identity(workshop.definition, revisions)
        return ProductName.parse(book(session, identity, revisions, name_of))


def _delivered_before(final: Path) -> Path:
    if problems := check_manifest(final):
        raise BadInput(
            f"{final} is there already, but {problems[0]}; remove the folder and order again."
        )
    return final


def _sweep(workshop: Workshop, out: Path) -> None:
    """Remove what workers that have ended left unfinished."""
    for path in out.glob(f"{_STAGING}*"):
        if is_dead(workshop.home, path.name.removeprefix(_STAGING)):
            remove(path)


def _assemble(
    workshop: Workshop,
    order: Order,
    name: ProductName,
    tiles: dict[str, Extent],
    mosaics: Sequence[TileMosaic],
    staging: Path,
) -> Path:
    folder = staging / str(name)
    folder.mkdir(parents=True)
    pieces = []
    for plan in plan_pieces(order, tiles):
        part = mosaics if plan.clip is not None else [m for m in mosaics if m.tile == plan.place]
        if part:
            pieces.append(_assemble_piece(workshop, order, name, plan, part, folder))
    if not any(facts.statistics["inputs_used"] for facts in pieces):
        raise BadInput(
            f"No pixel of the area has an observation in {order.period.kind} "
            f"{order.period.start}; choose a longer period or another area."
        )
    write_metadata(folder, pieces, workshop.settings)
    _check(folder, pieces)
    return folder


def _assemble_piece(
    workshop: Workshop,
    order: Order,
    name: ProductName,
    plan: PlannedPiece,
    mosaics: Sequence[TileMosaic],
    folder: Path,
) -> ProductFacts:
    layers = _deliverable(order, mosaics)
    sources = _merged_sources(mosaics)
    index = {granule.id: position for position, (granule, _) in enumerate(sources)}
    scratch = folder.parent / "layers"
    scratch.mkdir()
    written, tally = merge(plan, mosaics, order.period, layers, index, scratch)
    facts = _facts(order, name, plan, mosaics, layers, sources, tally)
    write_layers(folder, facts, written, workshop.settings)
    remove(scratch)
    return facts


def _deliverable(order: Order, mosaics: Sequence[TileMosaic]) -> tuple[Layer, ...]:
    """Return the layers that the mosaics have, in the asked order.

    A reflectance band must be in every one, so that every pixel is one whole spectrum.
    """
    found = []
    for layer in order.layers:
        there = [mosaic.path(layer, order.period).exists() for mosaic in mosaics]
        if all(there) if layer.is_reflectance else any(there):
            found.append(layer)
    if not found:
        raise BadInput(
            f"The sources of this area deliver none of "
            f"{', '.join(layer.api_id for layer in order.layers)}; choose other bands."
        )
    return tuple(found)


def _merged_sources(mosaics: Sequence[TileMosaic]) -> list[tuple[Granule, str]]:
    checksums = {
        granule.id: checksum
        for mosaic in mosaics
        for granule, checksum in zip(mosaic.granules, mosaic.checksums, strict=True)
    }
    merged = in_source_order(granule for mosaic in mosaics for granule in mosaic.granules)
    return [(granule, checksums[granule.id]) for granule in merged]


def _facts(
    order: Order,
    name: ProductName,
    plan: PlannedPiece,
    mosaics: Sequence[TileMosaic],
    layers: tuple[Layer, ...],
    sources: list[tuple[Granule, str]],
    tally: MergeTally,
) -> ProductFacts:
    cut_from = ", ".join(mosaic.folder.name for mosaic in mosaics)
    return ProductFacts(
        name=name,
        place=plan.place,
        tiles=tuple(mosaic.tile for mosaic in mosaics),
        grid=plan.grid,
        layers=layers,
        missing=tuple(layer for layer in order.layers if layer not in layers),
        sources=tuple(
            SourceEntry.of(granule, checksum, used=position in tally.used)
            for position, (granule, checksum) in enumerate(sources)
        ),
        created=newest_input(tuple(granule for granule, _ in sources)),
        algorithm=f"S2GM_v{name.version}",
        threshold=mosaics[0].threshold,
        form=order.form,
        notes=(f"Cut from the mosaics {cut_from}; across UTM zones by nearest neighbour.",),
        statistics=method_shares(tally.methods, plan.grid) | {"inputs_used": len(tally.used)},
    )


def _check(folder: Path, pieces: Sequence[ProductFacts]) -> None:
    findings = check_files(folder, pieces)
    for facts in pieces:
        findings += check_pixels(folder, facts, facts.threshold)
    if failed := [finding for finding in findings if finding.verdict is Verdict.FAIL]:
        raise NeedsOperator(
            f"The order {folder.name} did not pass its checks ({failed[0].rule}: "
            f"{failed[0].message}); nothing was delivered. This is a bug; report it."
        )
