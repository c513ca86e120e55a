"""What operators are shown: the one query layer of the hub, ``s2gm status`` and the API."""
