"""Every error the service raises on purpose.

::

    S2GMError
    |-- BadInput            what a person asked for cannot be done; nothing was started
    |-- GranuleRejected     a granule is unusable as delivered; everything else goes on
    |-- SourceUnavailable   a source or file cannot be reached now; trying again later may help
    |-- LayerDamaged        a layer of the working store is not as it was written; decode anew
    |-- LeaseLost           another worker owns the mosaic now; what was made is garbage
    `-- NeedsOperator       stop and look: disk full, catalog of another version
"""

from pathlib import Path


class S2GMError(Exception):
    """Base of all errors that the service raises on purpose."""


class BadInput(S2GMError):
    """What a person asked for cannot be done; the sentence says what, where and what to do."""


class GranuleRejected(S2GMError):
    """A granule is unusable as delivered.

    ``rule`` is a short stable name (``checksum``, ``missing-band``, ...), ``str(error)`` one
    sentence: what is wrong, where, and what to do.
    """

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule = rule


CHECK_OF = {
    "missing-band": "input.1-complete",
    "missing-file": "input.1-complete",
    "unsupported-address": "input.1-complete",
    "size": "input.1-checksums",
    "checksum": "input.1-checksums",
    "changed": "input.1-checksums",
    "name": "input.1-metadata",
    "metadata": "input.1-metadata",
    "image": "input.1-readable",
    "range": "input.1-readable",
    "crs": "input.2-geometry",
    "geometry": "input.2-geometry",
    "tile-size": "input.2-geometry",
}
"""Rule of quality control under which each rule of ``GranuleRejected`` is counted."""


class SourceUnavailable(S2GMError):
    """A source or one of its files cannot be reached now; trying again later may help."""


class LayerDamaged(S2GMError):
    """A layer of the working store is not as it was written, or gone; ``path`` is its file."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} is damaged ({reason}); run again to have it decoded anew, and check the disk."
        )
        self.path = path


class LeaseLost(S2GMError):
    """Another worker owns the mosaic now; whatever this worker made is garbage."""


class NeedsOperator(S2GMError):
    """Stop and look: disk full, or a catalog of another version."""
