"""Files under names that are made of their content: CIDs, the store on disk, and CAR."""
