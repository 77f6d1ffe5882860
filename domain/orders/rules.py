"""Decisions on orders: how it was traded where nobody says, and what goods of unknown cost are taken to cost."""

from decimal import Decimal

from domain.settings import Settings
from domain.vocabulary import Channel, TradingForm

_ONLINE = {Channel.WEB, Channel.EMAIL, Channel.MOBILE_APP, Channel.SOCIAL, Channel.CHAT}
_FORMS = dict.fromkeys(_ONLINE, TradingForm.E_COMMERCE)
_FORMS |= {Channel.IN_PERSON: TradingForm.RETAIL, Channel.PARTNER: TradingForm.WHOLESALE}


def trading_form(channel: Channel) -> TradingForm:
    """The form that a channel usually has; calls, letters and television sell directly."""
    return _FORMS.get(channel, TradingForm.DIRECT)


def assumed_cost_share(settings: Settings) -> Decimal:
    """The share of the price that goods of unknown cost are taken to cost."""
    return 1 - settings.assumed_margin
