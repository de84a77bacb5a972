"""The edges: Respan and Slack, each with its own rules for what an answer means."""
