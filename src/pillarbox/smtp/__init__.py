"""SMTP and LMTP as values and engines, server and client: no policy, no I/O (RFC 5321)."""
