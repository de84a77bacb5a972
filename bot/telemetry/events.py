"""A stable key for each line of the log: sentences may be improved, what alarms look for stays."""

from structlog.typing import EventDict, WrappedLogger

KEYS: dict[str, str] = {
    # The process
    "the bot is ready": "ready",
    "the bot is ready, in Socket Mode": "ready",
    "the bot stops": "stopping",
    "the bot has stopped": "stopped",
    "the bot ends: this should not happen": "crashed",
    "a task ended by itself, so the process ends": "task_ended",
    "a thread ended by an error": "thread_ended",
    "the event loop reports an error": "loop_error",
    "who may cancel batches": "permissions",
    "the scope users:read is missing: nobody may but those who are listed by name": (
        "people_unreadable"
    ),
    "other users of this machine can read .env, which holds secrets: chmod 600 .env": "env_open",
    # The start
    "the start waits": "start_waits",
    "Slack knows the bot": "slack_connected",
    "the HTTP server listens": "http_listening",
    "the database has a new schema": "schema_migrated",
    "the database's schema is of a newer version; what this one can't read is set aside": (
        "schema_newer"
    ),
    "the clock was set back; the time goes on from before": "clock_set_back",
    "the Respan key was changed; it is one of the same account": "respan_key_rotated",
    "the new Respan key could not be compared": "respan_key_not_compared",
    "a file of the database could be read by others; now it can't": "database_file_narrowed",
    "other users of this machine can read a file of the database, which is not ours": (
        "database_file_open"
    ),
    # Outages
    "a service fails; everything waits for it": "outage_began",
    "a service works again": "outage_ended",
    "a call to Respan failed": "respan_call_failed",
    "Socket Mode was down for too long": "socket_mode_down",
    # Requests and interactions
    "a request was refused": "request_refused",
    "a request could not be read": "request_unreadable",
    "a webhook was refused": "webhook_refused",
    "a webhook could not be stored; OpenAI sends it again": "webhook_not_stored",
    "a signed request could not be understood": "request_not_understood",
    "a request from elsewhere was refused": "request_from_elsewhere",
    "nothing here handles a request": "request_unhandled",
    "the HTTP server failed at a request": "http_failed",
    "a connection was closed from here": "connection_closed",
    "a payload could not be understood": "payload_not_understood",
    "an acknowledgement could not be sent": "ack_not_sent",
    "a listener failed": "listener_failed",
    "a click without a user was dropped": "click_dropped",
    "a command without a user or a channel was dropped": "command_dropped",
    "a shortcut without a user or a channel was dropped": "shortcut_dropped",
    "a question is stored": "question_stored",
    "the same question is open already": "question_asked_before",
    "a click is stored": "click_stored",
    "a person wants to be told of an end": "end_followed",
    "a person was refused": "person_refused",
    "Slack did not say who a person is": "person_unread",
    "Slack did not say whose an address is": "owner_unread",
    "a person has as many open questions as one may have, and asked one more": "questions_full",
    "a click on a question that this database does not hold: does another copy of the bot use the"
    " same app with another database?": "question_unknown",
    "an interaction could not be stored": "interaction_not_stored",
    "an interaction could not be understood or stored": "interaction_failed",
    "an interaction concerns a row that can't be read": "interaction_unreadable",
    "a person could not be told that nothing was done": "apology_not_sent",
    "the app's id could not be kept; the next request tells": "app_id_not_kept",
    # Cancellations
    "a question is shown": "question_shown",
    "a request moved on": "request_moved",
    "a cancellation moved on": "cancellation_moved",
    "a batch could not be read for its confirmation": "look_up_failed",
    "the list of batches could not be read for a person": "list_refused",
    "the list of batches could not be read; it is tried again": "list_waits",
    "a page of the list for a person could not be read": "list_cut_short",
    "a batch has changed since it was shown, and is asked about once more": "asked_after_change",
    "an approved batch has changed, and waits for approval once more": "approval_asked_again",
    "nobody can be asked for approval there": "approval_not_asked",
    "a cancellation of the batch can't be read": "live_row_unreadable",
    "a batch can't be read; its cancellation does not wait for that": "read_skipped",
    "a batch could not be read, so its confirmed cancellation ends": "cancellation_refused",
    "a cancellation was sent and refused": "cancel_rejected",
    "a cancellation waits for Respan": "cancel_waits",
    "a confirmation could not be sent for long and is asked again": "asked_again",
    "a cancel call is about to be made": "cancel_intended",
    "Respan accepted a cancellation": "cancel_accepted",
    "a watched batch was looked at": "watch_looked",
    "the end of a batch was seen": "end_seen",
    "a watched batch can't be read; the watch goes on": "watch_blind",
    "the list of batches can't be read; each is looked at by itself": "list_failed",
    "a page could not be worked on; each watch is looked at by itself": "page_failed",
    "a page answered": "page_answered",
    "an end was told by no webhook; the bot looks by itself for some hours": "webhook_missed",
    "that webhooks arrive could not be stored": "webhook_proof_lost",
    "a watched batch can be read again": "watch_sees_again",
    "the members of a user group could not be read": "group_unreadable",
    "no e-mail address could be read, the user id is used": "email_unreadable",
    "the person has no e-mail address, the user id is used": "email_missing",
    "the list of prices can't be loaded; nothing is said of costs": "prices_not_loaded",
    "a price can't be read; nothing is said of its cost": "price_unreadable",
    # Messages
    "a message was posted": "post_done",
    "an answer was delivered": "answer_delivered",
    "a message could not be posted": "post_failed",
    "a message could not be looked for": "post_not_looked_for",
    "a message was found again": "post_found",
    "a message waits until Slack works": "post_waits",
    "a message could not be refreshed": "update_failed",
    "a message can't be edited and is posted anew": "post_renewed",
    "a message waits for its final form": "final_update_waits",
    "a message has not its final form": "final_update_failed",
    "an announcement could not be posted for 48 hours": "announcement_given_up",
    "a reply could not be posted for 48 hours": "reply_given_up",
    "Slack refused a message's blocks, its text is sent alone": "blocks_refused",
    "an answer waits for Slack": "answer_waits",
    "an answer was refused and goes directly; does a proxy let hooks.slack.com through?": (
        "answer_refused"
    ),
    "a response URL can't be used any more": "response_url_gone",
    "an answer reached nobody": "answer_lost",
    "an answer could not be delivered and is tried again": "answer_failed",
    # The engine
    "a step failed and is tried again": "step_failed",
    "what came of a step can't be stored": "step_not_storable",
    "a row changed hands": "lease_lost",
    "a round of work failed; it is tried again until it works": "round_failed",
    "work goes on": "round_works",
    "a piece of work failed": "work_failed",
    "a row is set aside: this version can't read it": "row_set_aside",
    "rows that can't be read could not be set aside": "row_not_set_aside",
    "more rows are set aside, and counted in /metrics only": "rows_set_aside",
    "finished cancellations were forgotten": "retention_done",
    "old records of the audit were forgotten": "audit_forgotten",
    "finished cancellations could not be forgotten; it is tried again": "retention_failed",
}
"""The key of each sentence that the bot itself logs."""


def add_key(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Add `event_id` to a line of ours, as a processor of structlog's; others have none."""
    key = KEYS.get(str(event.get("event")))
    return event if key is None else {"event_id": key, **event}
