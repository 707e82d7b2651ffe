"""JMAP (RFC 8620, RFC 8621): requests, references, patches and types. No I/O here."""
