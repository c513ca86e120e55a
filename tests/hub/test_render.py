"""How moments, spans, sizes and shares are written on the pages."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from hub import render

NOON = datetime(2022, 1, 3, 12, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h 00 min"),
     (93900, "26 h 05 min"), (172800, "2 d 0 h"), (950400, "11 d"),
     (-90, "\N{MINUS SIGN}1 min"), (None, render.NONE),
     (timedelta(hours=2, minutes=7), "2 h 07 min")],
)  # fmt: skip
def test_spans(seconds: float | None, text: str) -> None:
    assert render.span(seconds) == text


def test_moments_are_utc() -> None:
    paris = NOON.astimezone(timezone(timedelta(hours=1)))
    assert render.moment(paris) == "2022-01-03 12:00:05 UTC"
    assert render.minute(paris) == "2022-01-03 12:00 UTC"
    assert render.iso(paris) == "2022-01-03T12:00:05Z"
    assert render.day(NOON.date()) == "2022-01-03"
    assert {render.moment(None), render.minute(None), render.day(None)} == {render.NONE}


def test_how_long_ago() -> None:
    assert render.ago(NOON - timedelta(minutes=5), NOON) == "5 min ago"
    assert render.ago(NOON + timedelta(minutes=5), NOON) == "in 5 min"
    assert render.ago(None, NOON) == render.NONE


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (150 << 20, "150 MiB"), (3 << 40, "3.0 TiB"),
     (None, render.NONE)],
)  # fmt: skip
def test_sizes(value: float | None, text: str) -> None:
    assert render.size(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 %"), (1, "100 %"), (0.9999, "99.9 %"), (0.00001, "0.1 %"), (0.345, "34.5 %"),
     (None, render.NONE)],
)  # fmt: skip
def test_shares_say_all_and_nothing_only_where_they_are_so(value: float | None, text: str) -> None:
    assert render.percent(value).replace("\N{NARROW NO-BREAK SPACE}", " ") == text


def test_numbers_and_nouns() -> None:
    assert render.number(1234567) == "1\N{NARROW NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}567"
    assert render.number(0.25) == "0.2"
    assert render.number(None) == render.NONE
    assert render.plural(1, "granule") == "1 granule"
    assert render.plural(0, "granule") == "0 granules"
    assert render.plural(2, "day has", "days have") == "2 days have"


def test_foreign_text_is_one_plain_line() -> None:
    assert render.plain("a\u202eb\x00\n\tc") == "a b c"


@pytest.mark.parametrize(
    ("agent", "text"),
    [("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140",
      "Edge on Linux"),
     ("Mozilla/5.0 (iPhone; CPU iPhone OS 18 like Mac OS X) Version/18 Safari/604",
      "Safari on iPhone"),
     ("curl/8.5", "curl"), ("", "A program")],
)  # fmt: skip
def test_browsers_are_named_in_a_few_words(agent: str, text: str) -> None:
    assert render.browser(agent) == text


FILE = "/srv/archive/S2A_1.SAFE/GRANULE/IMG_DATA/B04_10m.jp2"


def test_long_paths_in_sentences_show_their_last_part() -> None:
    told = render.brief(f"{FILE} is torn; see `s2gm run --source {FILE}`, and/or <b>.")
    assert told == (
        f'<span class="id" title="{FILE}">…/B04_10m.jp2</span> is torn; see '
        f"<code>s2gm run --source {FILE}</code>, and/or &lt;b&gt;."
    )
    assert render.paths(f"{FILE}, and a/b/c.") == (FILE,)
    assert render.brief("From /srv/archive.") == "From /srv/archive."


@pytest.mark.parametrize(
    ("name", "told"),
    [("/srv/archive", "/srv/archive"), ("/srv/a/folder/that/is/far/down/below", "…/down/below"),
     ("https://stac.example.org/collections/v1/", "…/collections/v1")],
)  # fmt: skip
def test_sources_are_told_by_the_end_of_their_address(name: str, told: str) -> None:
    assert render.source(name) == told
