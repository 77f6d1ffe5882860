"""Analytics: what customers are worth, whether they leave, where they stand; pure mathematics between two SQL edges."""
