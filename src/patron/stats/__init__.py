"""Mathematics on arrays; knows nothing of tables."""
