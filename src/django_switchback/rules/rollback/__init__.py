"""Rules about rolling back."""
