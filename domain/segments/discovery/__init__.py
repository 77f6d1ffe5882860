"""Groups that nobody thought of, by what customers do."""
