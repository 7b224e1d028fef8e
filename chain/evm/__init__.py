"""What is particular to EVM chains: asking a node, and trying calls out before they are signed."""
