"""The conversation: what the model is told, hears, may do, and leaves behind."""
