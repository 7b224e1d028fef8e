"""All mutations, in the order in which docs/mutations.md has them."""

from tests.faults.mutants import clock, database, doors, evidence, lane, orders

MUTATIONS = (
    *lane.MUTATIONS,
    *evidence.MUTATIONS,
    *orders.MUTATIONS,
    *clock.MUTATIONS,
    *doors.MUTATIONS,
    *database.MUTATIONS,
)
