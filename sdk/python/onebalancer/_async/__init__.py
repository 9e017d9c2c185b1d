"""The asynchronous half. The other is made from it."""
