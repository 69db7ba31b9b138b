"""The outside world, obeying its documented rules; the product never imports it."""
