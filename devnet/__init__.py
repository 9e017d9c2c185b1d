"""Local chains to develop and test on. No app imports this."""
