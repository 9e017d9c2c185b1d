"""Turning an intent's call, which is plain data, into what a chain takes. The secret is put in here and nowhere else."""
