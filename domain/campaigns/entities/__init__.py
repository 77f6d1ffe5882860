"""What can be asked of campaigns and of their contacts."""
