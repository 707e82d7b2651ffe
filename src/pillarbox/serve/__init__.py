"""Sessions: the only layer that waits for clients. Pure engines do the talking."""
