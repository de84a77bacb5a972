"""What people do in Slack: each interaction is stored before its ack, and answered once."""
