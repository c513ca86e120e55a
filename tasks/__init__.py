"""The steps of the service as plain functions: track, ingest, plan, compose, check, publish."""
