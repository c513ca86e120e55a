"""What input quality control found in granules, and what it compares them with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import sqlalchemy as sa
from sqlmodel import Session, col, select

from catalog.engine import now
from catalog.quality_tables import CheckVerdict, GranuleCheckRow, GranuleStatisticRow
from catalog.tables import GranuleRow
from catalog.usable import DECODED, withdrawn
from products.errors import CHECK_OF
from products.granule import Granule
from products.measured import PERCENTILES, BandStatistic, PastGranule


@dataclass(frozen=True)
class Judgement:
    """What a rule of quality control said, as the catalog keeps it."""

    rule: str
    """Id in the catalogue of quality control."""
    verdict: str
    """A word of ``CheckVerdict``."""
    message: str
    value: float | None = None
    """What was measured, where it is one number."""
    limit: float | None = None
    """The threshold that ``value`` was compared with."""


def record_checks(
    session: Session,
    granule_id: str,
    found: Iterable[Judgement],
    statistics: Iterable[BandStatistic] = (),
) -> None:
    """Record what the rules say of a granule, in place of what they said of another delivery."""
    forget_checks(session, granule_id)
    moment = now()
    for one in found:
        session.add(GranuleCheckRow(granule_id=granule_id, checked_at=moment, **vars(one)))
    for statistic in statistics:
        session.add(_statistic_row(granule_id, statistic))
    session.flush()


def record_rejection(session: Session, granule_id: str, rule: str, reason: str) -> None:
    """Record the one rule for which a granule was rejected."""
    found = Judgement(CHECK_OF[rule], CheckVerdict.FAIL, reason)
    record_checks(session, granule_id, [found])


def forget_checks(session: Session, granule_id: str) -> None:
    """Remove what the rules said of a granule that is delivered again."""
    for table in (GranuleCheckRow, GranuleStatisticRow):
        session.execute(sa.delete(table).where(col(table.granule_id) == granule_id))


def is_checked(session: Session, granule_id: str) -> bool:
    """Tell whether the rules have looked at a granule."""
    query = select(GranuleCheckRow.rule).where(GranuleCheckRow.granule_id == granule_id)
    return session.exec(query).first() is not None


def checks_of(session: Session, granule_id: str) -> list[Judgement]:
    """Return what every rule said of a granule, by rule."""
    rows = session.exec(
        select(GranuleCheckRow)
        .where(GranuleCheckRow.granule_id == granule_id)
        .order_by(GranuleCheckRow.rule)
    ).all()
    return [_judgement(row) for row in rows]


def spoken_of_granules(session: Session) -> dict[str, tuple[Judgement, ...]]:
    """Return, by granule, the rules that say WARN or FAIL."""
    rows = session.exec(
        select(GranuleCheckRow)
        .where(col(GranuleCheckRow.verdict).in_((CheckVerdict.WARN, CheckVerdict.FAIL)))
        .order_by(GranuleCheckRow.granule_id, GranuleCheckRow.rule)
    ).all()
    return {
        granule: tuple(_judgement(row) for row in group)
        for granule, group in groupby(rows, key=lambda row: row.granule_id)
    }


def past_of(session: Session, granule: Granule) -> Sequence[PastGranule]:
    """Return the measured granules of other datatakes of the tile that may be used, by sensing.

    Those that a person withdrew tell nothing of the tile.
    """
    rows = session.exec(
        select(GranuleRow.datatake_start, GranuleStatisticRow)
        .join(GranuleRow, col(GranuleRow.id) == GranuleStatisticRow.granule_id)
        .where(
            GranuleRow.tile == granule.tile,
            GranuleRow.datatake != granule.datatake,
            col(GranuleRow.state).in_(DECODED),
            ~withdrawn(),
        )
        .order_by(
            col(GranuleRow.datatake_start), GranuleStatisticRow.granule_id, GranuleStatisticRow.band
        )
    ).all()
    return [
        PastGranule(found[0][0], tuple(_statistic(row) for _, row in found))
        for _, group in groupby(rows, key=lambda pair: pair[1].granule_id)
        if (found := list(group)) and found[0][0] is not None
    ]


def _judgement(row: GranuleCheckRow) -> Judgement:
    return Judgement(row.rule, row.verdict, row.message, row.value, row.limit)


def _statistic_row(granule_id: str, statistic: BandStatistic) -> GranuleStatisticRow:
    found = statistic.percentiles or ()
    named = {f"p{name}": value for name, value in zip(PERCENTILES, found, strict=bool(found))}
    return GranuleStatisticRow(
        granule_id=granule_id,
        band=statistic.band,
        pixels=statistic.pixels,
        unusable=statistic.unusable,
        **named,
    )


def _statistic(row: GranuleStatisticRow) -> BandStatistic:
    found = [getattr(row, f"p{name}") for name in PERCENTILES]
    known = tuple(value for value in found if value is not None)
    return BandStatistic(row.band, row.pixels, row.unusable, known or None)
