"""The only user of disk and keyring."""
