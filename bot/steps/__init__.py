"""What the bot does with a row: each step reads it, does one thing outside, and says what next."""
