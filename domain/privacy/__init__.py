"""Privacy: a person is handed over whole, or forgotten whole, by what the columns say of themselves."""
