"""What is known of each customer, up to and including one day."""
