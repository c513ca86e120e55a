"""What the operation knows of itself: one query layer for pages, command line and programs."""
