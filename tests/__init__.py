"""The product's story, told from outside."""
