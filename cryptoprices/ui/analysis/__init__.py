"""The window in which coins are looked at more closely; loaded when it is opened for the first time."""
