"""The lab: several mail domains on one machine, with their own DNS and CA, and scenes."""
