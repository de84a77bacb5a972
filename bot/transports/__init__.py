"""How requests get in: over HTTP, or over Socket Mode."""
