"""The sheet of a collection: CSV or rows as JSON, read into rows with every mistake named at once."""
