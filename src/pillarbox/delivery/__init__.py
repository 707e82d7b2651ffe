"""What becomes of a message: judged, routed, filed, sent on. Each step is traced."""
