"""What happened to a customer, or with her, that asks for an answer."""
