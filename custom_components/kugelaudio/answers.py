"""Who asks for speech: an assistant that answers, or anybody else."""

from homeassistant.helpers.chat_session import current_session


def is_answer() -> bool:
    """Tell whether an assistant asks for the sound of its answer.

    A pipeline asks within a conversation, before its agent begins to think. What the agent sets going, an announcement
    by a script or an automation, inherits the log in which it thinks.
    """
    if current_session.get() is None:
        return False
    from homeassistant.components.conversation.chat_log import (  # noqa: PLC0415 - there wherever a conversation is
        current_chat_log,
    )

    return current_chat_log.get() is None
