"""Find the revision that a product's name is of, and hold its mosaic against others."""

from sqlmodel import Session, select

from catalog.revision import name_of
from catalog.tables import MosaicRow, RevisionRow
from products.errors import BadInput
from products.naming import ProductName

_LARGEST = 2**31 - 1
"""Number that fits into the catalog."""


def find_product(session: Session, name: str) -> tuple[MosaicRow, RevisionRow] | None:
    """Return mosaic and revision of a product, None where the catalog has no such.

    The whole name counts: another one that ends in the same number is of another service. Raises
    BadInput where it is not the name of a product.
    """
    number = ProductName.parse(name).number
    if number > _LARGEST:
        return None
    revision = session.exec(select(RevisionRow).where(RevisionRow.number == number)).one_or_none()
    if revision is None:
        return None
    mosaic = session.get_one(MosaicRow, revision.mosaic_id)
    return (mosaic, revision) if name_of(mosaic, revision) == name else None


def hold_product(session: Session, name: str) -> tuple[MosaicRow, RevisionRow]:
    """Return mosaic and revision of a product, held against workers and other decisions.

    Raises BadInput where the catalog has no such product.
    """
    found = find_product(session, name)
    if found is None:
        raise BadInput(
            f"There is no mosaic {name} in this catalog; `s2gm mosaics` lists those that it has."
        )
    _, revision = found
    return hold(session, revision), revision


def hold(session: Session, revision: RevisionRow) -> MosaicRow:
    """Hold a mosaic, and see it and its revision as whoever held it before has left them."""
    mosaic = session.exec(
        select(MosaicRow).where(MosaicRow.id == revision.mosaic_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).one()
    session.refresh(revision)
    return mosaic
