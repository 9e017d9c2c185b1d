"""What `chains` writes: blocks and events as they are read, intents and transactions as they are sent."""
