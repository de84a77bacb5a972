"""A local Slack and a local Respan, to try the bot without accounts and to test it against.

They know nothing of the rest of `bot`: what they do is what Slack and Respan document or were seen
to do, over real HTTP and WebSockets on 127.0.0.1.
"""
