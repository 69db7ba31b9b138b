"""OpenAI Realtime: its messages, and the socket they travel on."""
