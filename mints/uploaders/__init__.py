"""Where folders go: the store here, an IPFS node, Pinata, and a pinning service for a second copy."""
