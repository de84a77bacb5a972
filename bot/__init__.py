"""Cancel a running OpenAI batch through Respan, from Slack."""

__version__ = "0.1.0"
