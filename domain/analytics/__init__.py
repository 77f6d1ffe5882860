"""Analytics: what customers are worth, whether they leave, where they stand; pure mathematics between two SQL edges.

Its deeds stand in `commands_*`; nothing is handed on here, so that who only needs the tables does not load scipy."""
