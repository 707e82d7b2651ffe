"""SASL mechanisms as step functions, server and client: no accounts, no I/O (RFC 4422)."""
