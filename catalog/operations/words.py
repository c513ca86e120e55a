"""The words that people read for the states of granules and mosaics."""

from catalog.tables import GranuleState, MosaicState, RevisionState

MOSAIC_WORDS = {
    MosaicState.DUE: "due",
    MosaicState.COMPOSING: "composing",
    MosaicState.PUBLISHED: "published",
    MosaicState.QUARANTINED: "stopped",
    MosaicState.REJECTED: "rejected",
    MosaicState.FAILED: "failed",
    MosaicState.EMPTY: "empty",
}
REVISION_WORDS = {
    RevisionState.PLANNED: "planned",
    RevisionState.PUBLISHED: "published",
    RevisionState.QUARANTINED: "stopped",
    RevisionState.REJECTED: "rejected",
}
GRANULE_WORDS = {
    GranuleState.TRACKED: "tracked",
    GranuleState.READY: "ingested",
    GranuleState.SUPERSEDED: "ingested",
    GranuleState.REJECTED: "rejected",
}


def mosaic_word(state: str) -> str:
    """Return the word for a mosaic's state, for example ``stopped`` for ``QUARANTINED``."""
    return MOSAIC_WORDS[MosaicState(state)]


def revision_word(state: str) -> str:
    """Return the word for a revision's state."""
    return REVISION_WORDS[RevisionState(state)]


def granule_word(state: str) -> str:
    """Return the word for a granule's state."""
    return GRANULE_WORDS[GranuleState(state)]
