"""A product under examination, with everything that is known of it beyond its folder."""

from dataclasses import dataclass
from pathlib import Path

from catalog.recorded import Recorded
from products.errors import BadInput
from qc.layers import Piece
from qc.opened import open_product
from qc.readable import require_shape
from tasks.known import Known
from tasks.settings import Settings
from tasks.stack import Stack
from tasks.workshop import Workshop


@dataclass(frozen=True)
class Subject:
    """A product to be checked."""

    folder: Path
    """Its base folder."""
    pieces: tuple[Piece, ...]
    settings: Settings
    workshop: Workshop | None = None
    """The data root whose catalog is asked, where there is one."""
    known: Known | None = None
    """What that catalog knows of the product."""
    unknown: str = ""
    """A sentence why the catalog knows nothing; empty where it does."""
    stack: Stack | None = None
    """Its inputs, brought back."""
    unstacked: str = ""
    """A sentence why they are not; empty where they are."""
    reference: tuple[Piece, ...] = ()
    """The product that a person gave to compare it with."""


def pieces_in(folder: Path) -> tuple[Piece, ...]:
    """Return the pieces of a product as its own metadata describe them.

    Raises BadInput where there is none, or all its layers are smaller than they say.
    """
    pieces = tuple(Piece(folder, facts) for facts in open_product(folder))
    for piece in pieces:
        require_shape(piece)
    return pieces


def pieces_of(home: Path, revision: Recorded) -> tuple[Piece, ...]:
    """Return the pieces of a published revision, or raise BadInput where they are not there."""
    folder = home / (revision.product or "")
    if not folder.is_dir():
        raise BadInput(f"{folder.name} is no longer in the data root.")
    return pieces_in(folder)
