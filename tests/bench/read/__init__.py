"""The read mix: five questions asked of ours, of the floor and of PostGraphile on the same Postgres."""
