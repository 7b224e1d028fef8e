"""Faults done to a mint of compressed NFTs on a test cluster. Scenarios as in the folder above, on a ground of their own."""
