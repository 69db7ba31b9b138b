"""One module per system we write to."""
