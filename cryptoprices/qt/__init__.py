"""Qt without looks."""
