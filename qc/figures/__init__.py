"""The figures of a report: what is drawn of a product, and in words what is to be seen."""
