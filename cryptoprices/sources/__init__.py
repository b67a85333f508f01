"""The exchanges, one a file. Found by discovery.py; none knows another."""
