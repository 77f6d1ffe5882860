"""Analytics: what customers are worth, whether they leave, where they stand; pure mathematics between two SQL edges.

Its deeds stand in `commands_*`; nothing is handed on here, so that who only needs the tables does not load scipy."""

# The way through, for who comes here first:
#
# Facts come in    queries_tallies, sql/tally.sql, tallies, wire: facts by customer; commands_tallies keeps their sums
# are summed up    summaries (columns of them), spool (on disk between two looks), money (exact in arrays)
# are foretold     foresight (value and churn), outlook, lifetime, churn, credibility, telling (why, in words)
# are placed       population (what a run learns of all), ranks, rfm, placing; stages, lifecycle (since when)
# are written      scoring (these steps, for another process), score_rows; commands_full_run into the idle twin,
#                  commands_switch makes it live, commands_scoring scores who has changed since
# and remembered   commands_snapshots, snapshots: history by month, and by night of who has changed
#
# Models           families is their face: bg_nbd, mbg_nbd, pareto_nbd (*_forecast, pareto_integral), gamma_gamma;
#                  newton fits, histories feeds, counts tells distributions, residual and boosting correct
# are judged       evaluation chooses by a back-test (holdout, bootstrap, reliability); purchase_days from any file
# and kept         fitting (values to be stored), commands_fitting (the deed), queries reads them back
#
# Campaigns' sums  lift, propensity
# What is stored   tables, tally_table, snapshots; what can be asked of it: entity
