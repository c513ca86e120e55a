"""What the operators' pages, the command line and the API show of the service's operation."""
