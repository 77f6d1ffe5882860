"""What segments cost: refreshed after a thousand changes, built for everybody, previewed and paged through."""
