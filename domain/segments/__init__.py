"""Segments: saved questions about customers that stay answered, explained and remembered."""

# The way through, for who comes here first:
#
# A rule        rule (as JSON, there and back); wording/ tells it to people, whole or clause by clause
# is saved      commands, commands_ruling (can it be asked, whom does it name: queries_named), commands_masking and
#               commands_forgetting (what is personal in it)
# and answered  membership/: queries is one statement for any customers and all rules (wanted: by which of them);
#               commands_refreshing as facts come, commands_sweeping as time goes (edges: where windows open and close),
#               lap by everybody (driven by jobs/segments), commands_leaving where customers end
# A list        is kept by hand (commands) or found (discovery/); queries_listed says who is on it
# Seen from outside: previews/, explaining/, traits/, changes/, exports/; discovery/ proposes groups of its own
# What is stored  tables; what can be asked of it: entities/ (withheld, queries_veiled: not to everybody)
