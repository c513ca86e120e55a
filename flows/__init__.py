"""Prefect drives: schedules, retries, shows. What is done, the catalog alone decides."""
