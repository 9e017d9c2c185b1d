"""Local EVM chains: anvil, our contracts on it, and the order protocol they work with."""
