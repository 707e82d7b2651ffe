"""The objects of JMAP as they travel, one module for each kind (RFC 8620 §1.1)."""
