"""Twilio at the edge: what it sends us, what we ask of it."""
