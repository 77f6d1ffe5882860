"""Segments: questions about customers that stay answered.

`commands` saves them, `commands_refreshing` looks at customers, `commands_building` has a new rule take its place.
"""
