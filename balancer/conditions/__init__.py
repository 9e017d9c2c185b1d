"""What is wrong: measured (`probes`), judged against thresholds (`judging`), shown by `/health` and told as alerts."""
