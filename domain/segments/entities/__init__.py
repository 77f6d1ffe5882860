"""What can be asked of segments, and of customers by their segments."""
