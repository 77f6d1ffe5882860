"""Segments: saved questions about customers that stay answered, explained and remembered."""

# The way through, for who comes here first:
#
# A rule           rule (as JSON, there and back), words, wording, comparing (told to people), clauses (part by part)
# is saved         commands, commands_ruling (can it be asked, whom does it name: queries_named), commands_masking and
#                  commands_forgetting (what is personal in it)
# and answered     queries_membership: one statement for any customers and all rules; wanted says by which of them
#   as facts come  commands_refreshing, after each change of a customer; commands_leaving where customers end
#   as time goes   commands_sweeping, by edges: where windows open and close
#   by all         lap (everybody is gone over in a circle; jobs/segments drives it), commands_asking
# Previews         queries_preview: queries_folding and queries_steps count, population and estimating guess,
#                  queries_superseding cancels
# Explained        queries_explaining, queries_values
# Compared         queries_traits, commands_traits, trait_table (what members have in common)
# Found            commands_discovering, behaviour (groups by what customers do), commands_grouping (saved)
# Handed on        commands_exporting, exporting, queries_members (files); following, queries_changes (news)
# What is stored   tables, causes; what can be asked of it: entities/ (withheld, queries_veiled: not to everybody)
