"""Measurements beside peers and the machine's limit."""
