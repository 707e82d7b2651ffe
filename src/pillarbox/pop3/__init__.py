"""POP3 as values and an engine: no mailbox, no policy, no I/O (RFC 1939, RFC 2449)."""
