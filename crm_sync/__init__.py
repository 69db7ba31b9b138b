"""Dealership systems: their files in, our outcomes out."""
