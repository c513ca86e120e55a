"""The catalog database: the only truth about the state of granules, mosaics and revisions."""
