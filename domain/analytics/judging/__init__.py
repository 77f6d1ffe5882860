"""How models are fitted, corrected and judged by what they had not seen: pure mathematics. `evaluation` chooses."""
