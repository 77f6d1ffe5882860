"""What goes with what: products that the same customers buy, what follows on what, and which values they prefer."""
