"""From a dataset to files that may be shared: results, protected, as one document in any format."""
