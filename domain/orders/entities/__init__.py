"""What can be asked of orders, products, and how a customer buys."""
