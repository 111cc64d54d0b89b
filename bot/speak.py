"""What is said to whoever wrote a message, as effects: each once, however often it is delivered."""

from bot.gates import Gate
from bot.outcome import Outcome
from core.domain.effects import Acknowledge, Say
from core.domain.messages import Message
from core.ports.database import Transaction


def speak(tx: Transaction, message: Message, outcome: Outcome, why: str = "reply") -> None:
    """Put into the outbox what is to be said; `why` tells the replies to one message apart."""
    now, why = tx.now(), "edited" if outcome.ignored is Gate.EDITED else why
    about = outcome.heard.execution_id if outcome.heard else None
    if outcome.acknowledged:
        tx.outbox.put(Acknowledge(
            execution_id=about, provider=message.provider, conversation=message.conversation, message_id=message.id), now)
    for n, text in enumerate(outcome.said):
        tx.outbox.put(Say(
            execution_id=about, provider=message.provider, conversation=message.conversation, text=text, to=message.id,
            marker=f"{why}:{message.provider}:{message.id}:{n}", account=message.author.id if outcome.codes else None,
            login=(message.author.login or None) if outcome.codes else None), now)
