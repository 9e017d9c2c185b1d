"""Gets a swap's money back, or over to its payee, from the chains alone. Stands on its own: it imports nothing of the service."""
