"""The programs that are spoken to, written a second time from how they behave. `tests/solana/test_model.py` plays recorded
runs of the real ones to them.
"""
