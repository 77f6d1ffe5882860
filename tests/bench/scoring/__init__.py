"""What scoring everybody costs, beside the least that it could cost."""
