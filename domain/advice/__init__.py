"""What to do next with a customer: how channels and offers are answered, which actions follow, and what they earn."""
