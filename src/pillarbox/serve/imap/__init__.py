"""IMAP sessions: commands answered from the store."""
