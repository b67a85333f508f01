"""The panels, one a file. Found by ui/docks.py; none knows another."""
