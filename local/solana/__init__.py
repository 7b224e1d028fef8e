"""A Solana cluster for the demo and the tests: a JSON-RPC server with a real one's rules and faults. See docs/solana.md.

It is written a second time, apart from `chain.solana`, so that the two can disagree.
"""
