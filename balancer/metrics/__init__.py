"""`/metrics`: what processes count themselves (`balancer/counters.py`), what is counted as rows are added (`tallies`), and what
the database knows, read at scrape (`of_*`): several processes and restarts can make none of it wrong."""

from balancer.metrics.view import metrics, register

__all__ = ["metrics", "register"]
