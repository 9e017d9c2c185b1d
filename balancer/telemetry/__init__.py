"""What this service tells about itself to machines elsewhere; each part by settings, and nothing by default.

`files`: logs in a file that all processes share. `otlp_logs`: logs to a collector. `traces`: spans of swaps. `errors`: Sentry.
`jobs`: jobs know which request they go back to. `start`: switched on when a process starts.
"""
