"""The files store systems write, one module per family: what their columns are called and what a row means."""
