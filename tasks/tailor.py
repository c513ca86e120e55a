"""Tailor: cut an order from the published mosaics, whole or not at all."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from catalog.delivery import Published, book, published, standing, tile_extents, wanted_mosaic
from catalog.tables import MosaicState
from products.area import WGS84
from products.bands import Layer
from products.errors import BadInput, NeedsOperator, SourceUnavailable
from products.granule import Granule
from products.grid import Extent
from products.mgrs import tiles_of
from products.mosaic import MosaicKey
from products.naming import ProductName
from products.order import Order
from products.pieces import PlannedPiece, plan_pieces, touches
from products.precedence import in_source_order
from products.product import ProductFacts, SourceEntry
from qc.finding import Verdict
from qc.manifest import MANIFEST, check_manifest
from qc.pixels import check_pixels
from storage.local import file_digest, held_folder, is_abandoned, move_into_place, remove
from tasks.check import check_files
from tasks.merge import MergeTally, TileMosaic, merge
from tasks.package import method_shares, newest_input, write_layers, write_metadata
from tasks.produce import produce
from tasks.quicklook import write_pictures
from tasks.settings import Settings
from tasks.workshop import Workshop

_STAGING = ".s2gm-"
_ROOM = 2
"""Free disk space asked for, as a multiple of the uncompressed product."""


@dataclass(frozen=True)
class _Cut:
    """One folder of the product: where it lies, and what it is cut from."""

    plan: PlannedPiece
    mosaics: tuple[TileMosaic, ...]
    layers: tuple[Layer, ...]
    """Delivered, in the asked order."""


def tailor(workshop: Workshop, order: Order, out: Path) -> Path:
    """Deliver an order below ``out`` and return its base folder.

    Mosaics that nobody asked for so far are composed first. The same order from the same revisions
    is the same product: where it is there already, nothing is done. The folder appears when it is
    complete and has passed the checks, or not at all; pictures go into the data root.
    """
    tiles = _tiles_of(workshop, order)
    plans = plan_pieces(order, tiles)
    _check_out(out, order, plans)
    mosaics = [
        found for tile, ground in tiles.items() if (found := _mosaic(workshop, order, tile, ground))
    ]
    if not mosaics:
        raise BadInput(
            f"The catalog has no observation of {_some(sorted(tiles))} in {order.period.kind} "
            f"{order.period.start}; `s2gm granules` lists those that it has."
        )
    cuts = _cuts(order, plans, mosaics)
    name = _book(workshop, order, mosaics)
    final = out / str(name)
    if final.exists():
        return _delivered_before(final)
    try:
        out.mkdir(parents=True, exist_ok=True)
        _sweep(out)
        with held_folder(out / f"{_STAGING}{workshop.owner}") as staging:
            folder = _assemble(workshop, order, name, cuts, staging)
            workshop.point("tailor.before_move")
            return _place(folder, final)
    except OSError as error:
        raise NeedsOperator(
            f"{name} cannot be written to {out} ({error}); nothing was delivered: make room or "
            "give another --out, and order again."
        ) from error


def _check_out(out: Path, order: Order, plans: Sequence[PlannedPiece]) -> None:
    """Refuse a folder that cannot take the product, before any mosaic is composed for it."""
    there = next(folder for folder in (out.absolute(), *out.absolute().parents) if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise BadInput(f"{there} is no folder that can be written; give another --out.")
    pixels = sum(plan.grid.shape[0] * plan.grid.shape[1] for plan in plans)
    needed = _ROOM * pixels * sum(np.dtype(layer.dtype).itemsize for layer in order.layers)
    free = shutil.disk_usage(there).free
    if free < needed:
        raise BadInput(
            f"{out} has {free >> 20} MiB left, but this order needs up to {needed >> 20} MiB; give "
            "another --out, a smaller area, fewer bands or larger pixels."
        )


def _place(folder: Path, final: Path) -> Path:
    """Move the product to its place; another process may have delivered the same meanwhile."""
    try:
        move_into_place(folder, final)
    except OSError:
        if final.exists():
            return _delivered_before(final)
        raise
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


def _mosaic(workshop: Workshop, order: Order, tile: str, ground: Extent) -> TileMosaic | None:
    """Return the mosaic of a tile, composed now where that is due; None without observations."""
    key = MosaicKey(tile, order.period, order.resolution)
    with workshop.catalog.transaction() as session:
        waiting = wanted_mosaic(session, key, workshop.definition)
    if waiting is not None:
        produce(workshop, waiting)
    with workshop.catalog.transaction() as session:
        found, state = published(session, key), standing(session, key)
    if found and found.follows(workshop.definition, key):
        return _tile_mosaic(workshop, order, tile, ground, found)
    if state is None or state[0] is MosaicState.EMPTY:
        return None
    if state[0] is MosaicState.COMPOSING:
        raise SourceUnavailable(
            f"The mosaic {key} is being composed by another worker; order again when it is done."
        )
    raise NeedsOperator(
        f"The mosaic {key} could not be published ({state[1] or state[0]}); mend it and "
        "order again."
    )


def _tile_mosaic(
    workshop: Workshop, order: Order, tile: str, ground: Extent, found: Published
) -> TileMosaic:
    """Describe a published mosaic, after making sure that its files are those of the catalog."""
    folder = workshop.home / found.product
    problems = check_manifest(folder)
    if not problems and file_digest(folder / MANIFEST) != found.manifest:
        problems = [f"{MANIFEST} is not the one that was published"]
    if problems:
        raise NeedsOperator(
            f"The published mosaic {folder} is damaged: {problems[0]}; restore the folder from a "
            "backup and order again."
        )
    return TileMosaic(
        tile=tile,
        revision=found.revision,
        folder=folder,
        grid=ground.grid(order.resolution),
        granules=tuple(granule for granule, _ in found.inputs),
        checksums=tuple(checksum for _, checksum in found.inputs),
        threshold=workshop.definition.threshold,
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


def _sweep(out: Path) -> None:
    """Remove what processes that have ended left unfinished."""
    for path in out.glob(f"{_STAGING}*"):
        if is_abandoned(path):
            remove(path)


def _cuts(
    order: Order, plans: Sequence[PlannedPiece], mosaics: Sequence[TileMosaic]
) -> tuple[_Cut, ...]:
    """Choose for every piece its mosaics and layers; pieces without any are left out."""
    cuts = []
    for plan in plans:
        part = [m for m in mosaics if plan.clip is not None or m.tile == plan.place]
        if layers := _deliverable(order, part):
            cuts.append(_Cut(plan, tuple(part), layers))
    if not cuts:
        raise BadInput(
            f"The sources of this area deliver none of "
            f"{', '.join(layer.api_id for layer in order.layers)}; choose other bands."
        )
    return tuple(cuts)


def _assemble(
    workshop: Workshop, order: Order, name: ProductName, cuts: Sequence[_Cut], staging: Path
) -> Path:
    folder = staging / str(name)
    folder.mkdir()
    pieces = [_assemble_piece(workshop, order, name, cut, folder) for cut in cuts]
    if not any(facts.statistics["inputs_used"] for facts in pieces):
        raise BadInput(
            f"No pixel of the area has an observation in {order.period.kind} "
            f"{order.period.start}; choose a longer period or another area."
        )
    write_metadata(folder, pieces, workshop.settings)
    _check(folder, pieces, workshop.settings)
    for facts in pieces:
        stem = str(name) if facts.place == order.name else f"{name}_{facts.place}"
        write_pictures(folder / facts.place, facts, workshop.quicklooks / stem)
    return folder


def _assemble_piece(
    workshop: Workshop, order: Order, name: ProductName, cut: _Cut, folder: Path
) -> ProductFacts:
    sources = _merged_sources(cut.mosaics)
    index = {granule.id: position for position, (granule, _) in enumerate(sources)}
    scratch = folder.parent / "layers"
    scratch.mkdir()
    written, tally = merge(cut.plan, cut.mosaics, order.period, cut.layers, index, scratch)
    facts = _facts(order, name, cut, sources, tally)
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
        if any(there) and (all(there) or not layer.is_reflectance):
            found.append(layer)
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
    cut: _Cut,
    sources: list[tuple[Granule, str]],
    tally: MergeTally,
) -> ProductFacts:
    cut_from = ", ".join(mosaic.folder.name for mosaic in cut.mosaics)
    return ProductFacts(
        name=name,
        place=cut.plan.place,
        tiles=tuple(mosaic.tile for mosaic in cut.mosaics),
        grid=cut.plan.grid,
        layers=cut.layers,
        missing=tuple(layer for layer in order.layers if layer not in cut.layers),
        sources=tuple(
            SourceEntry.of(granule, checksum, used=position in tally.used)
            for position, (granule, checksum) in enumerate(sources)
        ),
        created=newest_input(tuple(granule for granule, _ in sources)),
        algorithm=f"S2GM_v{name.version}",
        threshold=cut.mosaics[0].threshold,
        form=order.form,
        notes=(f"Cut from the mosaics {cut_from}; across UTM zones by nearest neighbour.",),
        statistics=method_shares(tally.methods, cut.plan.grid) | {"inputs_used": len(tally.used)},
    )


def _check(folder: Path, pieces: Sequence[ProductFacts], settings: Settings) -> None:
    findings = check_files(folder, pieces)
    for facts in pieces:
        findings += check_pixels(folder, facts, facts.threshold, None, settings.qc, settings.block)
    if failed := [finding for finding in findings if finding.verdict is Verdict.FAIL]:
        raise NeedsOperator(
            f"The order {folder.name} did not pass its checks ({failed[0].rule}: "
            f"{failed[0].message}); nothing was delivered. This is a bug; report it."
        )
