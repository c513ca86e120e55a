"""Metadata documents of a product, as bytes: JSON and INSPIRE XML. No files, no clock."""
