"""Who signs for us. A signer holds the key and shows it to nobody: not in `repr`, logs or errors."""
