"""Analytics: what customers are worth, whether they leave, where they stand; pure mathematics between two SQL edges.

Its deeds stand in `commands_*`; nothing is handed on here, so that who only needs the tables does not load scipy."""

# The way through, for who comes here first:
#
# Facts come in    queries_tallies, sql/tally.sql; commands_tallies keeps their sums
# scoring/         the arithmetic of a run. tallies, summaries, wire, money, spool: columns of numbers, in and out;
#                  foresight (value and churn), churn, telling (why, in words): what is foretold;
#                  population (what a run learns of all), ranks, rfm, placing, stages, lifecycle: who stands where;
#                  steps (all of it, for another process), score_rows: what is written
# and written      commands_full_run into the idle twin, commands_switch makes it live,
#                  commands_scoring scores who has changed since
# and remembered   commands_snapshots, snapshots: history by month, and by night of who has changed
#
# models/          families is their face: bg_nbd, mbg_nbd, pareto_nbd (*_forecast, pareto_integral), gamma_gamma;
#                  newton fits, histories feeds, counts tells distributions, outlook foretells batches,
#                  lifetime discounts, credibility shrinks
# judging/         evaluation chooses by a back-test (holdout, bootstrap, reliability); purchase_days from any file;
#                  residual and boosting correct; fitting makes values to be stored
# and kept         commands_fitting (the deed), queries reads them back
#
# Campaigns' sums  lift
# What is stored   tables, tally_table, snapshots; what can be asked of it: entity
