"""Solana: instructions, trees and hashes built here, on solders for keys and transactions. See docs/solana.md."""
