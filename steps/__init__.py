"""The vocabulary of the features: one module for each noun, none for a feature."""
