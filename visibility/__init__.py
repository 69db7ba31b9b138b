"""What the store did and failed to do, counted from the record."""
