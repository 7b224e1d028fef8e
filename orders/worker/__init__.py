"""The processes that do the work: the cluster and who keeps it alive, the pulse that looks for work, the tick of a lane."""
