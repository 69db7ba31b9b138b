"""Plain tools with no dealership word in them."""
