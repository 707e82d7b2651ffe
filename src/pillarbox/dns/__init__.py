"""DNS: answers as evidence, a caching client, and zones in memory."""
