"""Ingest: have a granule decoded once, and keep the observation in the working store."""

import hashlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlmodel import Session

from catalog.checked import Judgement, is_checked, past_of, record_checks
from catalog.ingested import accept, extent_of, reject
from catalog.operation_tables import TroubleKind
from catalog.query import granule as load_granule
from products.errors import GranuleRejected, LayerDamaged, SourceUnavailable
from products.granule import Granule
from qc.granule import judge_granule
from storage.local import discard, locked, move_into_place, scratch_folder
from tasks.decode import decode_granule
from tasks.fetch import Reach
from tasks.logs import Event, correlated, event_log
from tasks.measure import load_measured
from tasks.observation import Observation, load_observation, require_sound
from tasks.trouble import UNAVAILABLE, note_trouble
from tasks.workshop import Workshop

_T = TypeVar("_T")
_LOG = event_log(__name__)
_ATTEMPTS = 3
"""How often a granule is decoded again before its disk is to be looked at."""


def ingest(workshop: Workshop, granule_id: str) -> bool:
    """Ingest one tracked granule; False where it was rejected, with the reason in the catalog.

    SourceUnavailable passes through: the granule stays tracked and is tried again. What nobody
    foresaw does, too; either is recorded as a trouble until the granule is ingested.
    """
    with workshop.catalog.transaction() as session:
        granule = load_granule(session, granule_id)
    with correlated(granule=granule_id), workshop.board.doing(f"ingesting {granule_id}"):
        try:
            return _ingest(workshop, granule)
        except SourceUnavailable as error:
            _note(workshop, granule, error, UNAVAILABLE)
            _LOG.warning(Event.GRANULE_POSTPONED, message=str(error))
            raise
        except Exception as error:
            _note(workshop, granule, error)
            _LOG.exception(Event.GRANULE_FAILED, message=str(error))
            raise


def _note(workshop: Workshop, granule: Granule, error: Exception, rule: str | None = None) -> None:
    note_trouble(workshop, TroubleKind.GRANULE, granule.id, error, granule.tile, rule)


def _ingest(workshop: Workshop, granule: Granule) -> bool:
    try:
        observation = obtain(workshop, granule)
        workshop.point("ingest.before_accept")
        with workshop.catalog.transaction() as session:
            accept(session, granule, observation.extent, observation.checksum)
            _check(workshop, session, granule, observation)
    except GranuleRejected as rejection:
        with workshop.catalog.transaction() as session:
            reject(session, granule.id, rejection.rule, str(rejection))
        folder = observation_folder(workshop, granule)
        with locked(folder):
            discard(folder)
        _LOG.info(Event.GRANULE_REJECTED, rule=rejection.rule, message=str(rejection))
        return False
    workshop.point("ingest.after_accept")
    _LOG.info(Event.GRANULE_INGESTED, tile=granule.tile, sensed=granule.datatake_start.isoformat())
    return True


def _check(
    workshop: Workshop, session: Session, granule: Granule, observation: Observation
) -> None:
    """Record what the input rules say of an accepted granule, once."""
    if is_checked(session, granule.id):
        return
    measured = load_measured(observation.folder)
    past, limits = past_of(session, granule), workshop.settings.qc
    found = judge_granule(granule, observation.extent, measured, past, limits)
    judged = [Judgement(f.rule, f.verdict, f.message, f.value, f.limit) for f in found]
    record_checks(session, granule.id, judged, measured.bands if measured else ())


def observation_folder(workshop: Workshop, granule: Granule) -> Path:
    """Return where the working store keeps a granule; a new delivery gets a new folder."""
    delivery = hashlib.sha256(granule.to_json().encode()).hexdigest()[:12]
    return workshop.working / granule.tile / f"{granule.id}-{delivery}"


def obtain(workshop: Workshop, granule: Granule) -> Observation:
    """Return the observation from the working store, decoding the granule where it is not there.

    Where several ask for the same one at a time, one decodes and the others wait for it.
    """
    folder = observation_folder(workshop, granule)
    with locked(folder):
        return _stored(folder) or _decoded(workshop, granule, folder)


def _decoded(workshop: Workshop, granule: Granule, folder: Path) -> Observation:
    with workshop.catalog.transaction() as session:
        expected = extent_of(session, granule.tile)
    with scratch_folder(workshop.staging, "ingest") as scratch:
        made = scratch / "observation"
        made.mkdir()
        reach = Reach(scratch, workshop.settings.s3)
        settings = workshop.settings
        decode_granule(granule, made, reach, expected, settings.pixel_budget)
        workshop.point("ingest.before_store")
        move_into_place(made, folder)
        workshop.point("ingest.after_store")
    stored = load_observation(folder)
    assert stored is not None  # noqa: S101 - it was just moved there
    return stored


def healed(work: Callable[[], _T]) -> _T:
    """Do what reads the working store; where that is damaged, drop the granule and begin again.

    Beginning again obtains the granule anew from its source. What is damaged time after time
    passes through: then the disk is to be looked at.
    """
    met: Counter[Path] = Counter()
    while True:
        try:
            return work()
        except LayerDamaged as damage:
            folder = damage.path.parent
            met[folder] += 1
            if met[folder] > _ATTEMPTS:
                raise
            _LOG.warning(Event.OBSERVATION_DAMAGED, message=f"{damage} It is decoded again now.")
            _drop_damaged(folder)


def _drop_damaged(folder: Path) -> None:
    """Discard an observation, unless somebody else has already put a sound one in its place."""
    with locked(folder):
        try:
            require_sound(folder)
        except LayerDamaged:
            discard(folder)


def _stored(folder: Path) -> Observation | None:
    try:
        return load_observation(folder)
    except LayerDamaged:
        discard(folder)
        return None
