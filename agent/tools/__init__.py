"""The agent's hands: one tool per thing a good advisor does."""
