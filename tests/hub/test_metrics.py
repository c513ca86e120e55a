"""What programs that watch the service are told, and who may ask."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from catalog.engine import now
from catalog.operations.accounts import Clerk, add_account
from catalog.operations.sign_ins import SignIn, begin, digest, note_attempt
from catalog.operations.source_label import source_label
from hub.metric_list import METRICS, Kind
from tasks.workshop import Workshop
from tests.catalog.operations.rows import month, mosaic, write
from tests.hub.conftest import TestClient
from tests.hub.watched import SECRET_SOURCE, TOKEN, client_of, fill, opened

BEARER = {"authorization": f"Bearer {TOKEN}"}
Numbers = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workshop]:
    made = opened(tmp_path / "home", metrics_token=TOKEN, working_store=1 << 20)
    yield made
    made.catalog.close()


@pytest.fixture
def client(shop: Workshop) -> TestClient:
    return client_of(shop)


def numbers(client: TestClient) -> Numbers:
    """Return every sample by its name and labels."""
    answer = client.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def of(found: Numbers, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def names(found: Numbers) -> set[str]:
    return {name for name, _ in found}


def sample_names(name: str, kind: Kind) -> set[str]:
    ends = ("_bucket", "_gcount", "_gsum") if kind is Kind.HISTOGRAM else ("",)
    return {f"{name}{end}" for end in ends}


def test_every_metric_of_the_list_is_told_and_no_other(shop: Workshop, client: TestClient) -> None:
    fill(shop)
    hub = client.app.state.hub  # type: ignore[attr-defined]
    hub.gauge.read(wait=True)
    expected = set().union(*(sample_names(metric.name, metric.kind) for metric in METRICS))
    assert names(numbers(client)) == expected


def test_what_always_is_there_is_there_from_the_first_moment(client: TestClient) -> None:
    found = numbers(client)
    assert {metric.name for metric in METRICS if metric.always} <= names(found)
    assert of(found, "s2gm_catalog_up") == 1
    assert of(found, "s2gm_oldest_seconds", stage="due") == 0
    assert of(found, "s2gm_publications_total") == 0


def test_the_numbers_are_those_of_the_catalog(shop: Workshop, client: TestClient) -> None:
    fill(shop)
    found = numbers(client)
    assert of(found, "s2gm_granules", stage="tracked") == 1
    assert of(found, "s2gm_mosaics", stage="stopped") == 1
    assert of(found, "s2gm_granules_last_day", stage="rejected") == 1
    assert 3600 <= of(found, "s2gm_oldest_seconds", stage="due") < 3700
    assert 3600 <= of(found, "s2gm_oldest_fresh_seconds", of="granule") < 3700
    assert of(found, "s2gm_oldest_fresh_seconds", of="mosaic") == 0, "its period closed long ago"
    assert of(found, "s2gm_granules_tracked_total") == 3
    assert of(found, "s2gm_publications_total") == 2
    assert of(found, "s2gm_troubles", kind="granule", rule="checksum", dismissed="false") == 1
    assert of(found, "s2gm_mosaics_stopped", rule="L1.1-scl") == 1
    assert of(found, "s2gm_leases", standing="held") == 1
    assert of(found, "s2gm_workers", standing="working") == 1
    assert of(found, "s2gm_sign_in_failures") == 1
    assert of(found, "s2gm_objective_visible_seconds") == 7200
    assert of(found, "s2gm_working_store_limit_bytes") == 1 << 20
    label = source_label(SECRET_SOURCE)
    delay = "s2gm_visible_to_published_seconds"
    assert of(found, f"{delay}_bucket", source=label, le="7200") == 1
    assert of(found, f"{delay}_bucket", source=label, le="+Inf") == 1
    assert of(found, f"{delay}_gcount", source=label) == 1


def test_just_one_level_holds_and_it_is_that_of_the_judgement(
    shop: Workshop, client: TestClient
) -> None:
    fill(shop)
    found = numbers(client)
    levels = {dict(labels)["level"]: v for (name, labels), v in found.items() if "level" in name}
    assert {level for level, holds in levels.items() if holds} == {"broken"}
    assert set(levels) == {"healthy", "idle", "late", "stopped", "broken"}


def test_nothing_old_is_told(shop: Workshop, client: TestClient) -> None:
    fill(shop)
    assert of(numbers(client), "s2gm_troubles", kind="mosaic", rule="OSError", dismissed="false")
    with shop.catalog.engine.begin() as connection:
        connection.execute(sa.text("UPDATE trouble SET ended_at = seen_at WHERE kind = 'MOSAIC'"))
    write(shop.catalog, mosaic(9, "DUE", month(9), due_since=now() - timedelta(hours=2)))
    found = numbers(client)
    told = frozenset({"kind": "mosaic", "rule": "OSError", "dismissed": "false"}.items())
    assert ("s2gm_troubles", told) not in found
    assert of(found, "s2gm_mosaics", stage="due") == 2
    assert of(found, "s2gm_oldest_seconds", stage="due") >= 7200


def test_no_path_address_or_secret_of_a_source_is_told(shop: Workshop, client: TestClient) -> None:
    fill(shop)
    text = client.get("/metrics", headers=BEARER).text
    for secret in ("hunter2", "s3cret", "ann", str(shop.home), TOKEN):
        assert secret not in text
    assert source_label(SECRET_SOURCE) in text


def test_without_the_catalog_only_that_is_told(shop: Workshop, client: TestClient) -> None:
    fill(shop)
    with shop.catalog.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE mosaic RENAME TO gone"))
    found = numbers(client)
    assert of(found, "s2gm_catalog_up") == 0
    assert of(found, "s2gm_disk_size_bytes") > 0
    assert "s2gm_mosaics" not in names(found)


def test_without_the_disk_the_rest_is_told(shop: Workshop, client: TestClient) -> None:
    shop.home.rename(shop.home.with_name("elsewhere"))
    assert "s2gm_disk_free_bytes" not in names(numbers(client))


def test_the_answer_is_text_that_no_cache_keeps(client: TestClient) -> None:
    answer = client.get("/metrics", headers=BEARER)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"


def test_a_stranger_is_told_what_to_do(client: TestClient) -> None:
    for headers in ({}, {"authorization": "Bearer guessed"}, {"authorization": f"Basic {TOKEN}"}):
        answer = client.get("/metrics", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="s2gm"'
        assert answer.headers["content-type"] == "application/problem+json"
        assert "S2GM_METRICS_TOKEN" in answer.json()["detail"]
        assert TOKEN not in answer.text


def test_whoever_is_signed_in_may_look(shop: Workshop, client: TestClient) -> None:
    moment = now()
    with shop.catalog.transaction() as session:
        add_account(session, "ann", "hash", Clerk("root"), moment, operator=False)
        attempt = note_attempt(session, "ann", "::1", moment)
        until = moment + timedelta(hours=1)
        sign_in = SignIn(digest("key"), "ann", False, "form", "test", moment, moment, until)
        begin(session, sign_in, attempt)
    client.cookies.set("s2gm", "key")
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 401


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({}, 401),
        ({"hub_public": True}, 200),
        ({"metrics_token": TOKEN}, 401),
        ({"hub_public": True, "metrics_token": TOKEN}, 401),
    ],
)
def test_without_a_token_the_numbers_are_as_public_as_the_pages(
    tmp_path: Path, settings: dict[str, object], status: int
) -> None:
    made = opened(tmp_path, **settings)
    assert client_of(made).get("/metrics").status_code == status
    made.catalog.close()


def test_an_empty_token_lets_nobody_in(tmp_path: Path) -> None:
    made = opened(tmp_path, metrics_token="")
    for value in ("Bearer ", "Bearer", "Bearer x"):
        answer = client_of(made).get("/metrics", headers={"authorization": value})
        assert answer.status_code == 401
    made.catalog.close()


def test_the_token_is_hidden_where_settings_are_shown(shop: Workshop) -> None:
    assert TOKEN not in repr(shop.settings)


def test_the_process_lives_and_is_ready(client: TestClient) -> None:
    for path in ("/healthz", "/readyz"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_hub_over_a_catalog_of_another_version_is_not_ready(
    shop: Workshop, client: TestClient
) -> None:
    with shop.catalog.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith("The catalog has schema 9999,")
    assert client.get("/healthz").status_code == 200


def test_a_hub_without_its_catalog_is_not_ready(tmp_path: Path) -> None:
    made = opened(tmp_path)
    client = client_of(made)
    made.catalog.close()
    for path in tmp_path.glob("catalog.sqlite*"):
        path.unlink()
    (tmp_path / "catalog.sqlite").mkdir()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert str(tmp_path) not in answer.text
    assert client.get("/healthz").status_code == 200
