"""Files of strangers, read in a process that may be killed."""
