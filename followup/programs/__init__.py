"""Outreach programs: who is written to or called by itself, when, how often, and what came of it."""
