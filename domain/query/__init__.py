"""The reader: a question becomes one frozen Fetch, the Fetch one SQL statement, and Postgres answers in JSON."""
