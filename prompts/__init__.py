"""What we tell the model, as text."""
