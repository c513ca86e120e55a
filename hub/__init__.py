"""The website: what operators see of the service; the only room that knows the web framework."""
