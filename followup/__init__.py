"""Whatever the store still owes a customer, and making sure somebody keeps it."""
