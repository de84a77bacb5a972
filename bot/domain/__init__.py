"""What the bot knows: batches, cancellations, who may do what. Pure: no I/O, no Slack, no SQL."""
