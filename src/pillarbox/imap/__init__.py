"""IMAP4rev1 and IMAP4rev2 as values and engines: no store, no I/O (RFC 3501, RFC 9051)."""
