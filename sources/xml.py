"""The one place where foreign XML is parsed."""

from typing import Any

from lxml import etree

from products.errors import GranuleRejected

MAX_BYTES = 64 << 20


def parse_xml(data: bytes, where: str) -> Any:
    """Parse foreign XML into its root element; whatever could do harm is refused.

    No DOCTYPE (hence no entities), no network, no huge trees, at most 64 MiB. Raises
    GranuleRejected with rule ``metadata``.
    """
    if len(data) > MAX_BYTES:
        raise _rejected(where, f"is larger than {MAX_BYTES >> 20} MiB")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _rejected(where, f"is not well-formed XML ({error})") from error
    if root.getroottree().docinfo.doctype:
        raise _rejected(where, "declares a DOCTYPE, which L2A metadata never do")
    return root


def _rejected(where: str, what: str) -> GranuleRejected:
    return GranuleRejected("metadata", f"{where} {what}; fetch the granule again.")
