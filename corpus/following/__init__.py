"""Documents that are kept in step with a folder or with web addresses."""
