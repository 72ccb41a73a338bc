"""What the sandbox's API server shows of itself to whoever connects over TLS."""
