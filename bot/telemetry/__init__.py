"""What the bot says of itself: logs, metrics, outages. Nothing secret leaves by it."""
