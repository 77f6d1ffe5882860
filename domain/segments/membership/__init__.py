"""Who is in which segment: one statement for all rules, as facts come, as time goes, by everybody in a circle."""
