"""SMTP sessions: port 25, submission and LMTP."""
