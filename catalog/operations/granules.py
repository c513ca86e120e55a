"""The granules of a tile and some dates: what became of each, and why."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from catalog.checked import Judgement
from catalog.operations.expected import parse_pass, parse_stamp
from catalog.operations.words import granule_word
from catalog.quality_tables import CheckVerdict, GranuleCheckRow
from catalog.tables import GranuleRow, GranuleState, RevisionInputRow, RevisionRow, WithdrawalRow
from products.service import Fate

_PRODUCT = re.compile(r"^(S2[A-Z])_MSIL2A_(\d{8}T\d{6})_N\d{4}_R(\d{3})_T(\d{2}[A-Z]{3})_")
"""Names of ESA's products."""
_ITEM = re.compile(r"^(S2[A-Z])_(\d{2}[A-Z]{3})_(\d{8})_\d+_L2A$")
"""Names of items that tell no orbit."""


@dataclass(frozen=True)
class GranuleFacts:
    """A granule as the pages of its day and of its mosaics show it."""

    id: str
    satellite: str
    """``S2A``, ...; empty where nothing tells."""
    orbit: int | None
    """Relative orbit, None where nothing tells."""
    sensed_at: datetime | None
    """Start of the datatake, UTC."""
    state: str
    """``tracked``, ``ingested`` or ``rejected``."""
    fate: Fate
    why: str
    """In a sentence."""
    rule: str | None
    """By which it was rejected."""
    location: str
    checksum: str | None
    tracked_at: datetime
    ingested_at: datetime | None
    datatake: str = ""
    """The acquisition, by which deliveries of the same one are recognised."""
    spoken: tuple[Judgement, ...] = ()
    """Rules of input quality control that say WARN or FAIL."""

    @property
    def day(self) -> date | None:
        """Its date, UTC."""
        return self.sensed_at.date() if self.sensed_at else None


def granules_of(
    session: Session, tile: str, begin: datetime, end: datetime
) -> tuple[GranuleFacts, ...]:
    """Return the granules of a tile that were sensed from ``begin`` to before ``end``.

    Rejected deliveries whose metadata cannot be read are among them where their name tells tile
    and date. What input quality control said is not told. Two statements, however many there are.
    """
    rows = session.execute(
        facts_query().where(
            col(GranuleRow.tile) == tile,
            col(GranuleRow.state).in_(list(GranuleState)),  # so that the index is used whole
            col(GranuleRow.datatake_start) >= begin,
            col(GranuleRow.datatake_start) < end,
        )
    ).mappings()
    known = [facts_of(row) for row in rows]
    known += [
        one
        for one in _nameless(session, tile)
        if one.sensed_at is not None and begin <= one.sensed_at < end
    ]
    return _with_successors(sorted(known, key=lambda one: (one.sensed_at or begin, one.id)))


def with_checks(session: Session, granules: Sequence[GranuleFacts]) -> tuple[GranuleFacts, ...]:
    """Return granules with what input quality control said of them. One statement."""
    spoken = _spoken(session, [one.id for one in granules])
    return tuple(replace(one, spoken=spoken.get(one.id, ())) for one in granules)


def facts_query() -> sa.Select[*tuple[Any, ...]]:
    """Return the query of what ``facts_of`` needs, without any condition; records are left out."""
    used = (
        sa.select(sa.literal(value=True))
        .select_from(RevisionInputRow)
        .join(RevisionRow, col(RevisionRow.id) == col(RevisionInputRow.revision_id))
        .where(
            col(RevisionInputRow.granule_id) == col(GranuleRow.id),
            col(RevisionRow.current).is_(other=True),
        )
        .exists()
    )
    standing = sa.and_(
        col(WithdrawalRow.granule_id) == col(GranuleRow.id), col(WithdrawalRow.undone_at).is_(None)
    )
    return (
        sa.select(
            col(GranuleRow.id),
            col(GranuleRow.datatake),
            col(GranuleRow.datatake_start),
            col(GranuleRow.state),
            col(GranuleRow.rule),
            col(GranuleRow.reason),
            col(GranuleRow.location),
            col(GranuleRow.checksum),
            col(GranuleRow.tracked_at),
            col(GranuleRow.ingested_at),
            col(WithdrawalRow.reason).label("withdrawn_because"),
            col(WithdrawalRow.withdrawn_by),
            used.label("used"),
        )
        .select_from(GranuleRow)
        .join(WithdrawalRow, standing, isouter=True)
    )


def facts_of(row: sa.RowMapping) -> GranuleFacts:
    """Return the facts of a granule from a row of ``facts_query``."""
    seen = parse_pass(row["datatake"] or "")
    fate, why = _fate(row)
    return GranuleFacts(
        id=row["id"],
        satellite=seen.satellite if seen else "",
        orbit=seen.orbit if seen else None,
        sensed_at=row["datatake_start"],
        state=granule_word(row["state"]),
        fate=fate,
        why=why,
        rule=row["rule"],
        location=row["location"],
        checksum=row["checksum"],
        tracked_at=row["tracked_at"],
        ingested_at=row["ingested_at"],
        datatake=row["datatake"] or "",
    )


def _fate(row: sa.RowMapping) -> tuple[Fate, str]:
    if row["withdrawn_because"] is not None:
        return Fate.WITHDRAWN, f"Withdrawn by {row['withdrawn_by']}: {row['withdrawn_because']}"
    match GranuleState(row["state"]):
        case GranuleState.REJECTED:
            return Fate.REJECTED, row["reason"] or ""
        case GranuleState.SUPERSEDED:
            return Fate.SUPERSEDED, "Another processing of the same acquisition counts instead."
        case GranuleState.TRACKED:
            return Fate.WAITING, "It waits for its ingest."
        case GranuleState.READY if row["used"]:
            return Fate.USED, "A published mosaic shows it."
        case _:
            return Fate.WAITING, "It is ingested, but no published mosaic shows it yet."


def _nameless(session: Session, tile: str) -> list[GranuleFacts]:
    """Return rejected deliveries without metadata whose names tell that they are of a tile."""
    rows = session.execute(
        facts_query().where(
            col(GranuleRow.tile).is_(None),
            col(GranuleRow.state) == GranuleState.REJECTED,
            col(GranuleRow.id).contains(tile, autoescape=True),
        )
    ).mappings()
    return [one for row in rows if (one := _by_name(facts_of(row), tile))]


def _by_name(facts: GranuleFacts, tile: str) -> GranuleFacts | None:
    """Complete what a delivery's metadata do not tell by its name, None where that is of others."""
    if (found := _PRODUCT.match(facts.id)) and found[4] == tile:
        satellite, stamp, orbit, _ = found.groups()
        return replace(
            facts,
            satellite=satellite,
            orbit=int(orbit),
            sensed_at=parse_stamp(stamp),
            datatake=f"{satellite}_{stamp}_R{orbit}",
        )
    if (found := _ITEM.match(facts.id)) and found[2] == tile:
        moment = parse_stamp(f"{found[3]}T000000")
        return replace(facts, satellite=found[1], sensed_at=moment, datatake=facts.id)
    return None


def _spoken(session: Session, ids: Sequence[str]) -> dict[str, tuple[Judgement, ...]]:
    """Return what input quality control objects to, by granule."""
    found: dict[str, tuple[Judgement, ...]] = {}
    query = select(GranuleCheckRow).where(
        col(GranuleCheckRow.granule_id).in_(ids),
        col(GranuleCheckRow.verdict).in_((CheckVerdict.WARN, CheckVerdict.FAIL)),
    )
    for row in session.exec(query.order_by(col(GranuleCheckRow.rule))):
        said = Judgement(row.rule, row.verdict, row.message, row.value, row.limit)
        found[row.granule_id] = (*found.get(row.granule_id, ()), said)
    return found


def _with_successors(granules: Iterable[GranuleFacts]) -> tuple[GranuleFacts, ...]:
    """Name the granule that counts in place of one that is superseded."""
    granules = tuple(granules)
    winners = {
        one.datatake: one.id
        for one in granules
        if one.datatake and one.fate in (Fate.USED, Fate.WAITING) and one.state == "ingested"
    }
    return tuple(
        replace(one, why=f"{winners[one.datatake]}, of the same acquisition, counts instead.")
        if one.fate is Fate.SUPERSEDED and one.datatake in winners
        else one
        for one in granules
    )
