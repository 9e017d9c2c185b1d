"""The operator's console: its sidebar, its first page, and the feed that keeps that page true."""
