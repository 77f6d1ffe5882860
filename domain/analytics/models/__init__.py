"""Models of purchases and spending, as their papers write them: pure mathematics. `families` is their face."""
