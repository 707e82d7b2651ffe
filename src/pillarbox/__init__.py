"""Pillarbox: a complete email system that explains itself. See ARCHITECTURE.md."""

__version__ = "0.1.0"
