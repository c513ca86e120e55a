"""How much room there is, and what the working store takes up."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.sizes import STORE_SECONDS, Scales
from tasks.workshop import Workshop
from tests.tasks.helpers import workshop


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return workshop(tmp_path / "home")


def put(shop: Workshop, name: str, size: int) -> None:
    path = shop.working / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))


def test_a_new_data_root_has_no_working_store_and_some_room(shop: Workshop) -> None:
    sizes = Scales(shop).weigh()
    assert sizes.working_store == 0
    assert 0 < sizes.disk_free <= sizes.disk_size


def test_all_files_of_the_working_store_count(shop: Workshop) -> None:
    put(shop, "31UDS/one/B02.chunks", 100)
    put(shop, "31UDS/two/B02.chunks", 20)
    (shop.working / "31UDS/link").symlink_to(shop.home)
    assert 120 <= Scales(shop).weigh().working_store < 1000


def test_the_working_store_is_looked_through_at_most_once_a_minute(shop: Workshop) -> None:
    clock: Callable[[], float] = Clock()
    scales = Scales(shop, clock)
    put(shop, "31UDS/one/B02.chunks", 100)
    assert scales.weigh().working_store == 100
    put(shop, "31UDS/two/B02.chunks", 20)
    assert scales.weigh().working_store == 100
    clock.seconds = STORE_SECONDS  # type: ignore[attr-defined]
    assert scales.weigh().working_store == 120


def test_a_data_root_that_is_gone_is_told(shop: Workshop) -> None:
    shop.home.rename(shop.home.with_name("elsewhere"))
    with pytest.raises(FileNotFoundError):
        Scales(shop).weigh()
