"""Are these the same person? Traits compared field by field, with reasons a person can read; pure."""
