"""What people do in Slack: each gesture is stored before it is acknowledged, and answered once."""
