"""The face of the service: the command line."""
