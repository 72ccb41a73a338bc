"""What single kinds add to the API: defaults, validation, allocation."""
