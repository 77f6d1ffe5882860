"""Campaigns: what is sent to whom, and what became of each contact, as far as it is recorded."""

# The way through, for who comes here first:
#
# A campaign    planning (what may be said of it), commands (begun, changed, copied), queries_using (what it keeps)
# A contact     becoming (what word of it in any order comes to), commands_contacts (written, put beside touchpoints);
#               domain/transfer/contact_calls reads what is told and resolves whom it names, and
#               domain/touchpoints/commands_contacting sees to it that one sending is one touchpoint
# What is stored  tables; what can be asked of it: entities/ (contact.CONTACTS: contacts, whichever way they were told)
