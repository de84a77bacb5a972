"""What another app has written in the demo's channel: an alert that names two running batches."""

from bot.sandbox.slack.workspace import SandboxMessage, Workspace

NAMED = ("batch_runaway_loop", "batch_second_copy")

_TEXT = "Spend alert: agent-traces is at 412 USD today, over its budget of 150 USD"


def post_alert(workspace: Workspace) -> SandboxMessage:
    """Let the alert stand in #batches: one batch is named in a block, one in an attachment."""
    first, second = NAMED
    section = f"*{_TEXT}*\nMost of it comes from `{first}`, started by <@U0BEN>."
    details = {
        "color": "#b3241c",
        "fallback": f"Started twice: {second} reads the same input.",
        "title": "Started twice",
        "text": f"`{second}` reads the same input file.",
        "fields": [{"title": "Rate", "value": "96 USD an hour", "short": True}],
        "footer": "spend-watch",
    }
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": section}}]
    return workspace.alert(_TEXT, "C0BATCHES", blocks=blocks, attachments=[details])
