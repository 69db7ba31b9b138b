"""Riverside Motors, a store that does not exist: its people, shop, customers, and what happened there last month."""
