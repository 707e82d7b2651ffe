"""JMAP over HTTP: the methods, each a few reads and writes of the store."""
