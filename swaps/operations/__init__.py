"""What operators can do with swaps, pauses and alerts: one module for each kind, registered in `AppConfig.ready()`."""
