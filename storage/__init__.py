"""Folders and files of the service: what is staged, stored and published."""
