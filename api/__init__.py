"""The doors: HTTP and the command line. Knows everything below, is known by nobody."""
