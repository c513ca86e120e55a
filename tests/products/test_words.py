"""Words for people."""

import pytest

from products.words import counted, revision_words


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 granules"), (1, "1 granule"), (2, "2 granules")]
)
def test_a_number_with_its_noun(number: int, words: str) -> None:
    assert counted(number, "granule") == words


def test_which_revision_a_product_is() -> None:
    assert revision_words(2, 12) == "revision 2, product number 12"
    assert revision_words(None, 12) == "product number 12"
