"""Words for people: numbers with their nouns, and which revision a product is."""


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 granule``, ``2 granules``."""
    return f"{number} {noun}{'s' * (number != 1)}"


def revision_words(ordinal: int | None, number: int) -> str:
    """Say which revision a product is: ``revision 2, product number 12``.

    ``ordinal`` counts the revisions of one mosaic from 1, and only its catalog knows it; ``number``
    is the running number at the end of the product's name.
    """
    product = f"product number {number}"
    return product if ordinal is None else f"revision {ordinal}, {product}"
