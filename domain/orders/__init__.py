"""Orders with products, payments and returns: what customers buy, pay and bring back."""
