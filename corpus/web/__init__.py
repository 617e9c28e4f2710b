"""Documents fetched from public web addresses, and from no others."""
