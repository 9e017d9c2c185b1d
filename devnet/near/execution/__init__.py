"""What transactions and receipts do to the state."""
