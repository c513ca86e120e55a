"""A STAC API on loopback that searches by box and time, and answers in pages of two."""

import json
from http.server import BaseHTTPRequestHandler
from typing import Any

Json = dict[str, Any]
PAGE = 2


class StacServer(BaseHTTPRequestHandler):
    """Holds items, counts pages, and can fail at one."""

    items: list[Json] = []
    queries: list[Json] = []
    fail_at: int | None = None

    @classmethod
    def reset(cls, items: list[Json]) -> None:
        cls.items, cls.queries, cls.fail_at = items, [], None

    def do_GET(self) -> None:
        host = f"http://{self.headers['Host']}"
        self._answer(
            {
                "type": "Catalog", "stac_version": "1.0.0", "id": "api", "description": "x",
                "conformsTo": [
                    "https://api.stacspec.org/v1.0.0/core",
                    "https://api.stacspec.org/v1.0.0/item-search",
                ],
                "links": [
                    {"rel": "self", "href": f"{host}/"}, {"rel": "root", "href": f"{host}/"},
                    {"rel": "search", "href": f"{host}/search", "method": "POST",
                     "type": "application/geo+json"},
                ],
            }
        )  # fmt: skip

    def do_POST(self) -> None:
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        StacServer.queries.append(query)
        if len(StacServer.queries) == StacServer.fail_at:
            self.send_error(502)
            return
        found = [item for item in StacServer.items if _matches(item, query)]
        start = int(query.get("token", 0))
        following = {
            "rel": "next", "href": f"http://{self.headers['Host']}/search", "method": "POST",
            "body": query | {"token": str(start + PAGE)},
        }  # fmt: skip
        more = start + PAGE < len(found)
        self._answer(
            {
                "type": "FeatureCollection",
                "features": found[start : start + PAGE],
                "links": [following] if more else [],
            }
        )

    def _answer(self, document: Json) -> None:
        data = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


def _matches(item: Json, query: Json) -> bool:
    west, south, east, north = query["bbox"]
    item_west, item_south, item_east, item_north = item["bbox"]
    since, until = query["datetime"].split("/")
    assert until in ("..", "")
    return bool(
        item_west <= east
        and item_east >= west
        and item_south <= north
        and item_north >= south
        and item["properties"]["datetime"] >= since
        and item["collection"] in query["collections"]
    )
