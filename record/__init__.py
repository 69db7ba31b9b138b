"""The unified customer record: what the store knows and how it came to know it."""
