"""The portfolio: what customers earn, by month, channel and category; and what is asked of many of them together."""

# The way through, for who comes here first:
#
# What was earned  tables (customer_month), commands (kept up with the facts); entity: of one customer, and as a filter
# The portfolio    queries_portfolio: its fields; queries_whom: of whom, over which time, how a group of them is told;
#                  domain/query/together writes it. Each family of questions has a file, and its SQL in sql/:
#   worth          queries_profit (by_customer, by_order: the dimensions; grouping, earning: how), _worth, _moves
#   habits         queries_adoption, _behaviour, _retention, _channels, _propensity
#   signs          queries_audit, _associations, _quality; significance: whether chance explains it
# Groups over time queries_groups: of a portfolio's customers, and of those who are and were in a segment

from domain.portfolio.commands import add_months, add_touches, move_months, open_months, rebuild

__all__ = ["add_months", "add_touches", "move_months", "open_months", "rebuild"]
