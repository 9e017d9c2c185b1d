"""What operators do about the service itself: keep messages back, try whether they arrive, forget a process."""
