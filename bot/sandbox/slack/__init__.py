"""The local Slack: its Web API, its response URLs, its WebSockets, and the people in it."""
