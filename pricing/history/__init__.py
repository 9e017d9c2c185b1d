"""What tokens and pairs were worth, minute by minute, for charts: sampled by a job, kept for a while, and forgotten."""
