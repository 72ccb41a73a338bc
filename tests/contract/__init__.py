"""One suite over every cluster kind and every vantage."""
