"""The whole script, in its order."""

from tests.solana import scenes, scenes_tables, scenes_v2
from tests.solana.script import Script


def script() -> Script:
    told = Script()
    first = (scenes.wallets, scenes.budgets, scenes.trees, scenes.first_version, scenes.mistakes, scenes.full_tree)
    second = (scenes.token_metadata, scenes_v2.second_version, scenes_v2.core)
    for scene in (*first, *second, scenes_tables.proofs, scenes_tables.tables):
        scene(told)
    return told
