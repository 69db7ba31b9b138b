"""What a call costs: simulated carriers and a mock model on one core, the app under test on the other."""
