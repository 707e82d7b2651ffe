"""One suite for every database: what store functions do, on SQLite and on PostgreSQL."""
