"""The database engine: Django's for PostgreSQL, with a pool that looks at a connection before it hands it out."""
