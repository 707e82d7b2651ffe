"""POP3 sessions: the INBOX of an account, deletes only at QUIT."""
