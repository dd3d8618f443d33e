"""What is counted for those who watch the machine. Labels are names of our own, never anything of a person."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()
SENT = Counter("donghanh_messages", "Messages settled by the sender", ("channel", "kind", "state"), registry=REGISTRY)
TAKEN = Counter("donghanh_events", "Events taken from a channel", ("channel", "event"), registry=REGISTRY)
REFUSED = Counter("donghanh_webhooks_refused", "Webhook requests refused", ("channel", "why"), registry=REGISTRY)
TURNS = Histogram("donghanh_turn_seconds", "Seconds from a message to its committed reply", ("channel",), registry=REGISTRY)
WAITING = Gauge("donghanh_outbox_waiting", "Rows of the outbox that are due", ("channel", "lane"), registry=REGISTRY)
