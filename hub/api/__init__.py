"""The JSON API under ``/api/v1``: for programs, everything that the pages show and do."""
