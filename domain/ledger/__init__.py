"""The durable ledger: marks, jobs, leases, fences and the timetable."""
