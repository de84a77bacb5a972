"""What `/metrics` shows."""

from prometheus_client.parser import text_string_to_metric_families

from bot.telemetry.metrics import Metrics


def test_there_is_no_series_that_says_when_a_counter_was_made() -> None:
    """Each counter and histogram is there without its `_created`."""
    metrics = Metrics()
    metrics.interaction("command", "asked")
    metrics.moved("confirmed")
    metrics.step_done("ask", 0.1)
    metrics.called("slack", "chat.postMessage", "ok")
    metrics.acknowledged("http", 0.1)
    families = list(text_string_to_metric_families(metrics.render()[0].decode()))
    names = {sample.name for family in families for sample in family.samples}
    assert {"batch_bot_interactions_total", "batch_bot_step_seconds_bucket"} <= names
    assert [name for name in names if name.endswith("_created")] == []
