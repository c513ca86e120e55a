"""What goes wrong stands in the catalog until it is mended, by itself or on a person's word."""

import shutil
from pathlib import Path

import pytest

from catalog.operation_tables import TroubleKind
from catalog.operations.actions import actions
from catalog.operations.troubles import Trouble, troubles
from catalog.query import mosaics, tracked
from products.errors import BadInput, NeedsOperator, SourceUnavailable
from tasks import produce as produce_module
from tasks.act import dismiss, retry
from tasks.cycle import run_once
from tasks.ingest import ingest
from tasks.track import subject_of, track_source
from tasks.trouble import note_trouble
from tasks.turn import turn
from tasks.withdraw import own_word
from tasks.workshop import Workshop
from tests.tasks.helpers import MONTHLY, workshop, write_archive

WORD = own_word("It is mended.")
JUNE = "31UDS MONTH 2022-01-01 20 m"


def stand(shop: Workshop) -> list[Trouble]:
    with shop.catalog.view() as session:
        return list(troubles(session, 100).entries)


def told(shop: Workshop) -> list[tuple[str, str, str | None]]:
    return [(one.kind.value, one.subject, one.rule) for one in stand(shop)]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    root = tmp_path / "archive"
    write_archive(root, days=9, corrupt=False, reprocessed=False)
    return root


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return workshop(tmp_path / "home")


def spoil(archive: Path) -> tuple[Path, bytes]:
    """Cut an image of the first granule short; give it and what it was."""
    image = next(sorted(archive.glob("*.SAFE"))[0].rglob("*_B03_20m.jp2"))
    whole = image.read_bytes()
    image.write_bytes(whole[: len(whole) // 2])
    return image, whole


# ------------------------------------------------------------------ sources


def test_a_source_that_is_gone_is_in_trouble_until_it_is_back(
    shop: Workshop, archive: Path, tmp_path: Path
) -> None:
    away = tmp_path / "away"
    archive.rename(away)
    for _ in range(2):
        with pytest.raises(SourceUnavailable, match="does not exist"):
            run_once(shop, str(archive), MONTHLY)
    (one,) = stand(shop)
    assert (one.kind, one.subject, one.times) == (TroubleKind.SOURCE, str(archive), 2)
    away.rename(archive)
    assert run_once(shop, str(archive), MONTHLY) == 1
    assert stand(shop) == []


def test_a_catalog_that_does_not_answer_is_in_trouble(shop: Workshop) -> None:
    address = "http://me:word@127.0.0.1:9/catalog.json"
    with pytest.raises(SourceUnavailable):
        track_source(shop, address)
    (one,) = stand(shop)
    assert one.subject == "http://127.0.0.1:9/catalog.json"
    assert "word" not in one.message


def test_a_source_is_named_without_password() -> None:
    assert subject_of("https://me:word@host/x") == "https://host/x"
    assert subject_of(".") == str(Path.cwd())


# ------------------------------------------------------------------ granules


def test_a_granule_that_cannot_be_fetched_waits_in_trouble(shop: Workshop, archive: Path) -> None:
    track_source(shop, str(archive))
    with shop.catalog.view() as session:
        (first, *_) = tracked(session)
    _relocate(shop, first, "http://127.0.0.1:9/")
    for _ in range(2):
        with pytest.raises(SourceUnavailable):
            ingest(shop, first)
    (one,) = stand(shop)
    assert (one.kind, one.subject, one.rule, one.times) == (
        TroubleKind.GRANULE,
        first,
        "unavailable",
        2,
    )
    assert one.tile == "31UDS"
    _relocate(shop, first, None)
    assert ingest(shop, first)
    assert stand(shop) == []


def _relocate(shop: Workshop, granule: str, prefix: str | None) -> None:
    """Have the images of a granule lie at a server that is away, or on the disk again."""
    with shop.catalog.engine.begin() as connection:
        query = "SELECT record FROM granule WHERE id = ?"
        record = connection.exec_driver_sql(query, (granule,)).scalar_one()
        if prefix is None:
            record = record.replace("http://127.0.0.1:9/", "/")
        else:
            record = record.replace('"href": "/', f'"href": "{prefix}')
        assert record is not None
        change = "UPDATE granule SET record = ? WHERE id = ?"
        connection.exec_driver_sql(change, (record, granule))


def test_a_rejected_granule_is_tried_again_as_it_lies_there_now(
    shop: Workshop, archive: Path
) -> None:
    image, whole = spoil(archive)
    run_once(shop, str(archive), MONTHLY)
    (one,) = stand(shop)
    assert one.kind == TroubleKind.GRANULE
    image.write_bytes(whole)
    assert retry(shop, one.id, WORD).subject == one.subject
    assert stand(shop) == []
    assert run_once(shop, str(archive), MONTHLY) == 1
    assert stand(shop) == []
    with shop.catalog.view() as session:
        (status,) = mosaics(session)
        (action,) = actions(session, 10).entries
    assert one.subject in status.granules
    assert (action.verb.value, action.subject, action.reason) == (
        "RETRY", one.subject, "It is mended.",
    )  # fmt: skip


def test_tried_again_in_vain_it_is_in_trouble_again(shop: Workshop, archive: Path) -> None:
    spoil(archive)
    run_once(shop, str(archive), MONTHLY)
    (one,) = stand(shop)
    retry(shop, one.subject, WORD)
    run_once(shop, str(archive), MONTHLY)
    (again,) = stand(shop)
    assert (again.subject, again.rule, again.times) == (one.subject, one.rule, 1)
    assert again.id != one.id


def test_a_dismissed_trouble_does_not_come_back_by_itself(shop: Workshop, archive: Path) -> None:
    spoil(archive)
    run_once(shop, str(archive), MONTHLY)
    (one,) = stand(shop)
    assert [each.subject for each in dismiss(shop, one.subject, WORD)] == [one.subject]
    run_once(shop, str(archive), MONTHLY)
    assert stand(shop) == []


# ------------------------------------------------------------------ mosaics and turns


def test_a_mosaic_that_fails_is_in_trouble_until_it_is_composed(
    shop: Workshop, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise NeedsOperator("The disk is full; make room and run again.")

    with monkeypatch.context() as patch:
        patch.setattr(produce_module, "check_room", full)
        assert run_once(shop, str(archive), MONTHLY) == 0
    assert told(shop) == [("MOSAIC", JUNE, "NeedsOperator")]
    assert retry(shop, "31UDS MONTH 2022-01-01 20", WORD).subject == JUNE
    with shop.catalog.view() as session:
        assert mosaics(session)[0].state == "DUE"
    assert run_once(shop, str(archive), MONTHLY) == 1
    assert stand(shop) == []


def test_what_nobody_foresaw_gives_the_mosaic_back_and_ends_the_turn(
    shop: Workshop, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("x")

    with monkeypatch.context() as patch:
        patch.setattr(produce_module, "check_product", broken)
        with pytest.raises(KeyError):
            run_once(shop, str(archive), MONTHLY)
    assert sorted(told(shop)) == [
        ("MOSAIC", JUNE, "KeyError"),
        ("RUN", str(archive), "KeyError"),
    ]
    assert all("nobody foresaw (KeyError: 'x')" in one.message for one in stand(shop))
    with shop.catalog.view() as session:
        assert mosaics(session)[0].state == "FAILED"
    assert run_once(shop, str(archive), MONTHLY) == 1
    assert stand(shop) == []


def test_interrupted_by_a_person_a_turn_is_in_no_trouble(shop: Workshop, archive: Path) -> None:
    with pytest.raises(KeyboardInterrupt), turn(shop, str(archive)):
        raise KeyboardInterrupt
    assert stand(shop) == []


def test_a_trouble_that_the_catalog_cannot_take_is_in_the_log(
    shop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    with shop.catalog.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE trouble RENAME TO away")
    note_trouble(shop, TroubleKind.RUN, "archive", NeedsOperator("The disk is full."))
    line = capsys.readouterr().err
    assert "trouble.unrecorded" in line
    assert 'trouble="The disk is full."' in line


# ------------------------------------------------------------------ refusals


def test_what_tries_itself_again_cannot_be_started(shop: Workshop) -> None:
    note_trouble(shop, TroubleKind.SOURCE, "archive", SourceUnavailable("It is away."))
    (one,) = stand(shop)
    with pytest.raises(BadInput, match="tried again by every turn"):
        retry(shop, one.id, WORD)


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("77", "no trouble 77"),
        ("nobody", "no granule nobody"),
        ("31UDS MONTH 2018-06-01 10 m", "no mosaic 31UDS MONTH"),
        ("31UDS MONTH", "is no mosaic; write it like"),
        ("31UDS MONTH 2018-06-01 30 m", "is no mosaic; write it like"),
        ("31UDS WEEK 2018-06-01 10 m", "is not a period"),
        ("99XXX MONTH 2018-06-01 10 m", "not an MGRS tile"),
    ],
)
def test_what_cannot_be_tried_again_is_refused(shop: Workshop, subject: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        retry(shop, subject, WORD)
    with shop.catalog.view() as session:
        assert actions(session, 10).total == 0


def test_a_data_root_of_before_shows_what_stood_then(tmp_path: Path, archive: Path) -> None:
    """Working folders that are gone do not matter: a retry decodes anew."""
    spoil(archive)
    shop = workshop(tmp_path / "home")
    run_once(shop, str(archive), MONTHLY)
    shutil.rmtree(shop.working)
    (one,) = stand(shop)
    retry(shop, one.id, WORD)
    run_once(shop, str(archive), MONTHLY)
    assert len(stand(shop)) == 1
