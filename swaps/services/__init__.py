"""What `swaps` writes. Callers: the API, the consumers, the admin, the jobs and the commands."""
