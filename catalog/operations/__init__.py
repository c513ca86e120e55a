"""What the operation is shown from: one truth for pages, the command line and programs."""
