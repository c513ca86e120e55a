"""The monthly report: whole, self-contained, and with the numbers that it was given."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from products.decision import Decision, Verb
from products.period import Period, PeriodKind
from products.service import (
    Availability,
    Decided,
    Delay,
    Failure,
    Fate,
    GranuleFate,
    Outcomes,
    ServiceMonth,
    Stand,
    Stop,
    Timeliness,
    Verdicts,
)
from qc.service_page import duration, render_service
from tests.qc.pages import accessible, self_contained, told, words

MADE = datetime(2018, 7, 2, 6, tzinfo=UTC)
LATER = datetime(2018, 7, 3, 9, 30, tzinfo=UTC)
JUNE = Period(PeriodKind.MONTH, date(2018, 6, 1))
TILES = tuple(f"31U{column}{row}" for column in "CDEF" for row in "PQRS")
DAYS = [JUNE.start + timedelta(days=n) for n in range(30)]
HOSTILE = "</td><script>alert('x')</script> & \x00"


def month() -> ServiceMonth:
    """A busy month of sixteen tiles, the same every time."""
    fates = [Fate.USED] * 7 + [Fate.SUPERSEDED, Fate.REJECTED, Fate.WITHDRAWN, Fate.WAITING]
    granules = tuple(
        GranuleFate(
            f"S2A_{tile}_{day:%Y%m%d}", tile, day, fate := fates[(n * 7 + k) % len(fates)],
            "checksum" if fate is Fate.REJECTED else "", "Torn." if fate is Fate.REJECTED else "",
        )
        for n, tile in enumerate(TILES)
        for k, day in enumerate(DAYS)
        if (n + 2 * k) % 5 < 2
    )  # fmt: skip
    dekads = [Period(PeriodKind.TENDAYS, date(2018, 6, day)) for day in (1, 11, 21)]
    return ServiceMonth(
        month=JUNE,
        tiles=TILES,
        availability=(
            Availability(PeriodKind.TENDAYS, 20, 48, 47, 45, 44, 1, 1, 1),
            Availability(PeriodKind.MONTH, 10, 16, 16, 16, 16, 0, 0, 0),
        ),
        delivery=Delay(192, 7.5 * 3600, 20 * 3600),
        ingestion=Delay(190, 95, 1400),
        timeliness=(
            Timeliness(PeriodKind.TENDAYS, 20, Delay(180, 28800, 90000), Delay(180, 1900, 7300), 7),
            Timeliness(PeriodKind.MONTH, 10, Delay(180, 30000, 200000), Delay(180, 2900, 9300), 0),
            Timeliness(PeriodKind.YEAR, 10, None, None, 9),
        ),
        granules=(
            GranuleFate("torn", "", None, Fate.REJECTED, "metadata", "It has no metadata."),
            *granules,
        ),
        verdicts=tuple(
            Verdicts(rule, verdict, period, count)
            for rule, verdict, period, count in (
                ("L0.1-complete", "PASS", dekads[0], 47),
                ("L1.1-scl", "FAIL", dekads[1], 2),
                ("L1.1-scl", "PASS", dekads[1], 14),
                ("L1.1-zenith", "WARN", dekads[2], 3),
                ("L1.1-zenith", "PASS", dekads[0], 16),
                ("L9.9-dropped", "PASS", JUNE, 1),
            )
        ),
        outcomes=(
            Outcomes(dekads[0], 16, 0),
            Outcomes(dekads[1], 13, 1, released=1, waiting=1),
            Outcomes(dekads[2], 12, 3),
            Outcomes(JUNE, 19, 1),
        ),
        stops=(
            Stop("31UCP TENDAYS 2018-06-11 20 m", "P_7", 2, 7, Stand.WAITING, MADE, "L1.1-scl: 12"),
            Stop("31UCP TENDAYS 2018-06-11 20 m", "P_6", 1, 6, Stand.RELEASED, MADE, "L1.1-scl: 9"),
        ),
        failures=(Failure("31UFS TENDAYS 2018-06-21 20 m", "The disk is full."),),
        decisions=(
            Decided(
                "31UCP TENDAYS 2018-06-11 20 m",
                Decision("P_6", 1, 6, Verb.RELEASE, "It is fine.", "ann", LATER, standing=True),
                MADE,
                (("L1.1-scl", "FAIL"), ("L9.9-dropped", "WARN")),
            ),
            Decided(
                "31UCP TENDAYS 2018-06-11 20 m",
                Decision("P_7", 2, 7, Verb.RECOMPOSE, "Disk.", "bob", LATER, standing=False),
                None,
                (),
            ),
        ),
        archived=16,
    )


@pytest.fixture
def page() -> bytes:
    return render_service(month(), MADE)


def test_the_page_is_self_contained_and_accessible(page: bytes) -> None:
    self_contained(page)
    accessible(page)
    assert page == render_service(month(), MADE)


def test_the_headline_sums_up(page: bytes) -> None:
    figures = [" ".join(e.itertext()) for e in told(page).iter("dd")]
    assert figures[:2] == ["96.8\u202f%", "61 of 63 mosaics"]
    assert figures[2] == "2.6 h"
    assert figures[6:] == [
        "2",
        "of 67 revisions that quality control checked: 1 released, 0 rejected, 1 waiting",
    ]


def test_the_calendar_has_every_tile_and_day(page: bytes) -> None:
    calendar = next(t for t in told(page).iter("table") if "calendar" in (t.get("class") or ""))
    rows = list(calendar.iter("tr"))
    assert [cell.text for cell in rows[0]] == ["Tile", *(str(day) for day in range(1, 31))]
    assert [row[0].text for row in rows[1:]] == list(TILES)
    expected = {(g.tile, g.day): g.fate.value for g in month().granules if g.day}
    shown = {
        (row[0].text, DAYS[n]): cell[0].get("aria-label")
        for row in rows[1:]
        for n, cell in enumerate(row[1:])
        if len(cell)
    }
    assert shown == expected


def test_numbers_verdicts_and_reasons_are_told(page: bytes) -> None:
    said = words(page)
    for sentence in (
        "95.7 %", "8.0 h 25.0 h 32 min 2.0 h", "2.3 days", "2 of 16", "3 of 3",
        "SCL only in the valid set", "L9.9-dropped", "The disk is full.", "L1.1-scl: 12",
        "checksum Torn.", "It has no metadata.",
        "1 more granule came in this month without telling tile and day.",
        "16 granules of this month came from an archive, that is, tracked more than 30 days after",
        "revision 1, product number 6 P_6 released ann It is fine.",
        "L9.9-dropped 2018-07-02 06:00 UTC 2018-07-03 09:30 UTC",
        "revision 2, product number 7 P_7 sent to be composed anew bob Disk. \N{EN DASH}",
        "Made 2018-07-02 06:00:00 UTC",
    ):  # fmt: skip
        assert sentence in said, sentence


def test_an_empty_month_has_a_page() -> None:
    empty = ServiceMonth(JUNE, ("31UDS",), (), None, None, (), (), (), (), (), (), (), archived=0)
    page = render_service(empty, MADE)
    self_contained(page)
    accessible(page)
    assert "Quality control stopped no revision. Nobody decided anything" in words(page)


def test_hostile_words_are_shown_as_words() -> None:
    bad = GranuleFate(HOSTILE, "31UCP", JUNE.start, Fate.REJECTED, HOSTILE, HOSTILE)
    stopped = Stop(HOSTILE, HOSTILE, 1, 1, Stand.WAITING, MADE, HOSTILE)
    said = Decision(HOSTILE, 1, 1, Verb.REJECT, HOSTILE, HOSTILE, LATER, standing=True)
    worst = replace(
        month(),
        granules=(bad,),
        stops=(stopped,),
        failures=(Failure(HOSTILE, HOSTILE),),
        decisions=(Decided(HOSTILE, said, MADE, ((HOSTILE, "FAIL"),)),),
    )
    page = render_service(worst, MADE)
    self_contained(page)
    assert "</td><script>alert('x')</script> &" in words(page)


@pytest.mark.parametrize(
    ("seconds", "words_"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "120 min"), (7200, "2.0 h"),
     (172799, "48.0 h"), (172800, "2 days"), (266414400, "3\u202f083.5 days")],
)  # fmt: skip
def test_times_for_people(seconds: float, words_: str) -> None:
    assert duration(seconds) == words_
