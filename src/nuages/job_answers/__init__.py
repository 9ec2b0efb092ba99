"""What a job is to a client: what it is told when it asks for one, `/jobs`, `/jobs/{id}` and the result.

Which functions are jobs, and how they are called, `functions` and `writes` know; `nuages.jobs` has the rows and runs
them.
"""
