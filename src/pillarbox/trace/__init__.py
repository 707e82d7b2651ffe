"""The trace: what happened to a message, why, and on what evidence."""
