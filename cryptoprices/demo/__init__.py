"""The simulated market and the loopback exchange that serves it."""
