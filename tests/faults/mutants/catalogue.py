"""All mutations, in the order in which docs/mutations.md has them."""

from tests.faults.mutants import (
    answers,
    audit,
    clock,
    database,
    doors,
    evidence,
    lane,
    memory,
    monitor,
    orders,
    redis,
    retry,
    sponsored,
    stakes,
    strangers,
    walls,
)

MUTATIONS = (
    *lane.MUTATIONS,
    *answers.MUTATIONS,
    *evidence.MUTATIONS,
    *strangers.MUTATIONS,
    *memory.MUTATIONS,
    *orders.MUTATIONS,
    *retry.MUTATIONS,
    *sponsored.MUTATIONS,
    *clock.MUTATIONS,
    *doors.MUTATIONS,
    *walls.MUTATIONS,
    *audit.MUTATIONS,
    *redis.MUTATIONS,
    *database.MUTATIONS,
    *stakes.MUTATIONS,
    *monitor.MUTATIONS,
)
