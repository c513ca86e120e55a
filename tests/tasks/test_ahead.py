"""Stages side by side: in order, bounded, and ended by the first error."""

from contextlib import closing
from threading import Event, get_ident

import pytest

from tasks.ahead import ahead


def test_what_is_made_comes_in_order_and_from_another_thread() -> None:
    made = list(ahead(lambda n: (n * n, get_ident()), range(20)))
    assert [square for square, _ in made] == [n * n for n in range(20)]
    assert get_ident() not in {thread for _, thread in made}
    assert list(ahead(str, [])) == []


def test_the_next_item_is_made_while_one_is_used_and_no_further() -> None:
    begun = [Event() for _ in range(5)]

    def work(n: int) -> int:
        begun[n].set()
        return n

    with closing(ahead(work, range(5))) as made:
        for n in made:
            assert n + 1 == 5 or begun[n + 1].wait(timeout=30)
            assert not any(event.is_set() for event in begun[n + 2 :])


def test_an_error_comes_where_its_item_would_have_come() -> None:
    def work(n: int) -> int:
        if n == 3:
            raise KeyError(n)
        return n

    made = ahead(work, range(9))
    assert [next(made), next(made), next(made)] == [0, 1, 2]
    with pytest.raises(KeyError, match="3"):
        next(made)
    with pytest.raises(KeyError, match="3"):
        list(ahead(str, ahead(work, range(9))))
