"""News of who entered and who left, for whoever reads on from where they were."""
