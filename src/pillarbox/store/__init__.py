"""Accounts, mailboxes, messages, routing, the queue and traces, on SQLite or PostgreSQL.

Functions here are synchronous, take `tx` first, never commit, and so compose: one
transaction can file a message, save its trace and enqueue an answer. `db.write(fn, *args)`
runs one in a transaction. The store knows no wire protocol.
"""
