"""Any history of arrivals, supersessions and withdrawals: always the product from scratch."""

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from catalog.query import mosaics
from products.granule import Granule
from products.precedence import usable
from tasks import compose as compose_module
from tasks import produce as produce_module
from tasks.carry import Carrier
from tasks.withdraw import own_word, undo_withdrawal
from tests.tasks.carry_world import (
    DRAWN,
    SIDE,
    Sight,
    bring_up,
    deliver,
    from_scratch,
    published,
    take_in,
    whole,
    withdraw,
)
from tests.tasks.helpers import tree, workshop

BLOCK = 32
edges = st.tuples(st.integers(0, SIDE - 1), st.integers(1, SIDE // 5)).map(
    lambda e: (e[0], min(e[0] + e[1], SIDE))
)
clearings = st.lists(
    st.tuples(
        st.tuples(edges, edges).map(lambda e: (*e[0], *e[1])), st.sampled_from([2, 4, 6, 7, 11])
    ),
    min_size=1,
    max_size=3,
).map(tuple)
swaths = st.sampled_from([(0, SIDE), (0, 50), (70, SIDE), (100, SIDE)])
sights = st.builds(
    Sight,
    day=st.integers(1, 8),
    clear=clearings,
    swath=swaths,
    strip=st.integers(0, 1),
    baseline=st.sampled_from([300, 301, 400, 500]),
    zenith=st.sampled_from([5.0, 5.0, 12.0]),
)


played = Counter[str]()


class Histories(RuleBasedStateMachine):
    """A mosaic of January that changes."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.root = Path(self._folder.name)
        self.shop = workshop(self.root / "home", block=BLOCK, threshold=3, qc=DRAWN)
        self.known: dict[str, Granule] = {}
        self.withdrawn: set[str] = set()
        self.checked: Path | None = None

    def teardown(self) -> None:
        self.shop.catalog.close()
        self._folder.cleanup()

    @initialize()
    def begin(self) -> None:
        self._take_in([whole(3), whole(4)])

    @rule(sight=sights)
    def arrive(self, sight: Sight) -> None:
        if sight.name not in self.known:
            self._take_in([sight])

    @rule(several=st.lists(sights, min_size=2, max_size=3, unique_by=lambda s: s.name))
    def arrive_together(self, several: list[Sight]) -> None:
        self._take_in([sight for sight in several if sight.name not in self.known])

    @rule(data=st.data(), undo=st.booleans(), at_once=st.booleans())
    def decide(self, data: st.DataObject, undo: bool, at_once: bool) -> None:
        """Withdraw one or undo it; the mosaic follows at once, or with what happens next."""
        standing = set(self.known) - self.withdrawn
        undo = bool(self.withdrawn) and (undo or not standing)
        name = data.draw(st.sampled_from(sorted(self.withdrawn if undo else standing)))
        played["undone" if undo else "withdrawn"] += 1
        self.withdrawn ^= {name}
        if undo:
            undo_withdrawal(self.shop, [name], own_word())
        else:
            withdraw(self.shop, self.known[name])
        if at_once:
            bring_up(self.shop)

    @invariant()
    def the_product_is_that_from_scratch(self) -> None:
        if not self.known:
            return
        with self.shop.catalog.transaction() as session:
            (status,) = mosaics(session)
        if status.state == "DUE":
            return
        wanted = usable(g for name, g in self.known.items() if name not in self.withdrawn)
        assert sorted(status.granules) == [granule.id for granule in wanted]
        assert status.state == ("PUBLISHED" if wanted else "EMPTY")
        if not wanted or published(self.shop) == self.checked:
            return
        self.checked = published(self.shop)
        assert tree(self.checked) == from_scratch(self.shop, self.root / "again")

    def _take_in(self, arriving: list[Sight]) -> None:
        granules = [deliver(self.root / "in", sight) for sight in arriving]
        self.known |= {granule.id: granule for granule in granules}
        take_in(self.shop, granules)


def test_every_history_gives_the_products_from_scratch(monkeypatch) -> None:
    counts = {"carried": 0, "selected": 0}
    copy, select = Carrier.copy_kept, compose_module.select_block

    def carried(self, writers):
        counts["carried"] += len(self.kept)
        return copy(self, writers)

    def selected(inputs, *wanted):
        counts["selected"] += inputs.scl[0].size < SIDE**2
        return select(inputs, *wanted)

    monkeypatch.setattr(produce_module, "write_pictures", lambda *_: None)
    monkeypatch.setattr(Carrier, "copy_kept", carried)
    monkeypatch.setattr(compose_module, "select_block", selected)
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=8,
            stateful_step_count=8,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert counts["carried"] > 20, counts
    assert counts["selected"] > 10, counts
    assert min(played["withdrawn"], played["undone"]) > 2, played
