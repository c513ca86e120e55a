"""The overview: one glance tells how the service stands."""

import re

from fastapi import FastAPI

from tests.catalog.operations.rows import (
    granule,
    month,
    mosaic,
    publication,
    revision,
    statements,
    trouble,
    worker,
    write,
)
from tests.hub.conftest import Browser
from tests.hub.rows import ESCAPED, HOSTILE, catalog_of, fill, hours_ago, many, stopped


def text_of(page: str) -> str:
    """What a person reads: without tags, and with single blanks."""
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    return re.sub(r" ([.,;:])", r"\1", words)


def test_before_anything_was_tracked_it_says_how_to_begin(ada: Browser) -> None:
    page = ada.look("/").text
    said = text_of(page)
    assert "Stopped: no worker runs, and nothing waits." in said
    assert "<code>s2gm run --source SOURCE</code>" in page
    assert "Nothing was tracked yet." in said
    assert '<h2 id="last">' not in page


def test_the_headline_and_its_sentences_say_what_to_do(ada: Browser, hub: FastAPI) -> None:
    fill(
        hub,
        worker("w1", hours_ago(-1)),
        granule("G1", hours_ago(3)),
        trouble("SOURCE", "archive", hours_ago(1), message="It does not answer."),
        *stopped(7),
    )
    page = ada.look("/").text
    said = text_of(page)
    assert "<title>Broken: overview · S2GM</title>" in page
    assert "Broken: the source archive does not answer." in said
    assert "It does not answer. Every turn asks it again" in said
    assert "to catch up, raise S2GM_WORKERS or start another s2gm run." in said
    assert '<a href="/gate">To the gate</a>' in page
    assert "L1.1-scl Broken at 3 pixels." in said
    assert "/files/S2GM_M20_20000801_20000831_31UDS_STD_v1.0.0_7/report.html" in page


def test_stages_tell_count_age_and_throughput(ada: Browser, hub: FastAPI) -> None:
    fill(hub, granule("G1", hours_ago(3)), granule("G2", hours_ago(30)))
    page = ada.look("/").text
    (tracked,) = re.findall(r'<li id="granules-tracked".*?</li>', page, re.DOTALL)
    assert text_of(tracked) == "tracked 2 1 in 24 h oldest 30 h 00 min ago"


def test_timeliness_is_told_against_the_objective(ada: Browser, hub: FastAPI) -> None:
    ways = [publication(1, 1, hours_ago(n / 10), 10, 3) for n in range(10)]
    fill(hub, mosaic(1, "PUBLISHED"), revision(1, 1, current=True), *ways)
    said = text_of(ada.look("/").text)
    assert "sensing 10 h 00 min 10 h 00 min 24 h met" in said
    assert "visible 3 h 00 min 3 h 00 min 2 h missed" in said


def test_what_came_from_an_archive_is_said_to_tell_nothing(ada: Browser, hub: FastAPI) -> None:
    old = publication(1, 1, hours_ago(1), 9000, 1, from_archive=True)
    fill(hub, mosaic(1, "PUBLISHED"), revision(1, 1, current=True), old)
    said = text_of(ada.look("/").text)
    assert "1 publication, of granules from an archive alone" in said
    assert "from an archive" in said


def test_the_chart_has_a_table_for_those_without_scripts(ada: Browser, hub: FastAPI) -> None:
    fill(hub, granule("G1", hours_ago(0)))
    page = ada.look("/").text
    (figure,) = re.findall(r"<figure.*?</figure>", page, re.DOTALL)
    assert figure.count("<tr>") == 25
    assert text_of(figure.split("<tr>")[-1]).split()[1:] == ["1", "0", "0", "0", "0"]


def test_the_last_publications_lead_to_their_mosaics(ada: Browser, hub: FastAPI) -> None:
    new = publication(1, 1, hours_ago(1), 8, 2)
    fill(hub, mosaic(1, "PUBLISHED", month(3)), revision(1, 1, ordinal=4, current=True), new)
    page = ada.look("/").text
    assert '<a href="/mosaics/31UDS/MONTH/2000-04-01/20">31UDS MONTH 2000-04-01 20 m</a>' in page
    assert "1 h 00 min ago 4 2 h 00 min 8 h 00 min archive" in text_of(page)


def test_hostile_texts_are_shown_as_they_are(ada: Browser, hub: FastAPI) -> None:
    fill(
        hub,
        trouble("RUN", HOSTILE, hours_ago(1), message=f"`{HOSTILE}` {HOSTILE}"),
        *stopped(7, HOSTILE),
    )
    page = ada.look("/").text
    assert HOSTILE not in page
    assert page.count(ESCAPED) >= 4
    assert f"<code>{ESCAPED}</code>" in page


def test_the_number_of_statements_depends_on_nothing(ada: Browser, hub: FastAPI) -> None:
    fill(hub, *many(1))
    with statements(catalog_of(hub)) as few:
        assert ada.look("/").status_code == 200
    write(catalog_of(hub), *many(50, first=2))
    with statements(catalog_of(hub)) as lots:
        assert ada.look("/").status_code == 200
    assert len(few) == len(lots)


def test_the_live_part_is_fetched_anew_and_looks_the_same(ada: Browser, hub: FastAPI) -> None:
    fill(hub, *many(2))
    page = ada.look("/").text
    assert 'hx-get="/" hx-select="#live"' in page
    assert ada.look("/", **{"hx-request": "true"}).text.count('id="live"') == 1
