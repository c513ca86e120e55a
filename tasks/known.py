"""What the catalog knows of a product, by its name."""

from dataclasses import dataclass

from catalog.recorded import (
    Recorded,
    delivered_from,
    recorded,
    recorded_a_year_earlier,
    recorded_before,
    usable_now,
)
from products.errors import BadInput
from products.mosaic import Definition
from products.naming import ProductName
from qc.finding import number_of
from tasks.workshop import Workshop


@dataclass(frozen=True)
class Known:
    """A revision, its past, and whether it is still what its granules ask for."""

    revision: Recorded
    before: Recorded | None
    """The revision that was published before it."""
    year_earlier: Recorded | None
    """What is published of the same period of the year before."""
    stale: str | None
    """Why a newer revision is due, or that there is one."""


def known_product(workshop: Workshop, name: ProductName) -> Known | None:
    """Return what the catalog knows of a mosaic's product; None of one that it does not know."""
    with workshop.catalog.transaction() as session:
        revision = recorded(session, name.number)
        if revision is None or name != name_of(revision, name.version):
            return None
        now = usable_now(session, revision)
        return Known(
            revision,
            recorded_before(session, revision),
            recorded_a_year_earlier(session, revision),
            _stale(revision, now),
        )


def cut_from(workshop: Workshop, name: ProductName) -> list[str] | None:
    """Return the mosaics from which an order was cut; None where the catalog does not know it."""
    with workshop.catalog.transaction() as session:
        return delivered_from(session, str(name))


def name_of(revision: Recorded, version: str = Definition().layout) -> ProductName:
    """Return the name that the product of a revision bears; ``version`` is that of the layout."""
    key = revision.key
    return ProductName(key.period, key.resolution, key.tile, revision.number, version=version)


def require_revision(workshop: Workshop, name: ProductName) -> Recorded:
    """Return the revision of a composed product, or raise BadInput."""
    known = known_product(workshop, name)
    if known and known.revision.product:
        return known.revision
    if known:
        raise BadInput(f"{name} is not composed yet; `s2gm run` does it.")
    if mosaics := cut_from(workshop, name):
        raise BadInput(
            f"{name} is an order, cut from mosaics; reproduce those: {', '.join(mosaics)}."
        )
    raise BadInput(
        f"The catalog of {workshop.home} does not know {name}; `s2gm mosaics` lists what it "
        "published, or give the --home that published it."
    )


def _stale(revision: Recorded, now: list[tuple[str, str]]) -> str | None:
    frozen = [(granule.id, checksum) for granule, checksum in revision.inputs]
    if frozen == now:
        return None
    came, went = len({*now} - {*frozen}), len({*frozen} - {*now})
    then = "a newer revision is due" if revision.current else "it is not the current revision"
    return f"{number_of(came, 'granule')} came and {went} went since; {then}"
