"""Values that every layer shares: errors, addresses, clock, passwords, limits."""
