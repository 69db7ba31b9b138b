"""Dealership systems: our outcomes out."""
