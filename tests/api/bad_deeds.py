"""Mutations that cannot be done, and bodies that cannot be read: each with how it is told."""

from tests.api.bad_rows import NOTHING

ADA_ = '{identity: {kind: EMAIL, value: "ada@example.org"}}'
ORDER_1 = '{external: {source: "shop", externalId: "O-1"}}'
AGAIN = '{externalId: "P-1", method: CARD, amount: "2.00", paidAt: "2026-03-04T00:00:00Z"}'
NOBODY = f'"cus_{NOTHING}"'
DEEDS = [
    ('orderUpdate(order: {id: "ord_1"}, input: {})', "INVALID", "order.id"),
    (f'orderUpdate(order: {{id: "ord_{NOTHING}"}}, input: {{}})', "NOT_FOUND", "order"),
    ('orderUpdate(order: {external: {source: "shop", externalId: "O-0"}}, input: {})', "NOT_FOUND", "order"),
    (f'orderUpdate(order: {ORDER_1}, input: {{shippedAt: "1999-01-01T00:00:00Z"}})', "INVALID", "input.shippedAt"),
    (f'orderUpdate(order: {ORDER_1}, input: {{dueAt: "2999-01-01T00:00:00Z"}})', "OUT_OF_RANGE", "input.dueAt"),
    (f"paymentRecord(order: {ORDER_1}, input: {AGAIN})", "CONFLICT", "input.amount"),
    (f'needRecord(customer: {{id: {NOBODY}}}, input: {{kind: BELIEF, name: "x"}})', "NOT_FOUND", "customer.id"),
    (
        f'needRecord(customer: {ADA_}, input: {{kind: BELIEF, name: "x", strength: -1}})',
        "OUT_OF_RANGE",
        "input.strength",
    ),
    (f'needRemove(customer: {ADA_}, kind: BELIEF, name: "none")', "NOT_FOUND", "name"),
    (
        f"consentRecord(customer: {ADA_},"
        ' input: {channel: EMAIL, status: GRANTED, expiresAt: "2020-01-01T00:00:00Z"})',
        "INVALID",
        "input.expiresAt",
    ),
    ('identityRemove(customer: "cus_1", identity: {kind: EMAIL, value: "a@example.org"})', "INVALID", "customer"),
    ('attributeDeclare(input: {name: "", type: DATE, personal: true})', "INVALID", "input.name"),
    ("settingsUpdate(input: {horizonMonths: 0})", "OUT_OF_RANGE", "input.horizonMonths"),
    ("settingsUpdate(input: {discountRate: -2.0})", "OUT_OF_RANGE", "input.discountRate"),
    ('settingsUpdate(input: {timeZone: "Mars/Base"})', "INVALID", "input.timeZone"),
    ('settingsUpdate(input: {baseCurrency: "EUR"})', "IN_WRONG_STATE", "input.baseCurrency"),
    ('settingsUpdate(input: {rateCard: [{channel: WEB, cost: "-1"}]})', "OUT_OF_RANGE", "input.rateCard.0.cost"),
    ('settingsUpdate(input: {quietHours: {from: "25:00", until: "x"}})', "INVALID", "input.quietHours.from"),
    ('touchpointRetract(id: "cus_1")', "INVALID", "id"),
    (f'touchpointRetract(id: "tp_{NOTHING}")', "NOT_FOUND", "id"),
    (f"customerMerge(into: {NOBODY}, from: {NOBODY})", "INVALID", "from"),
    (f"customerUnmerge(customer: {NOBODY}, from: {NOBODY})", "NOT_FOUND", "customer"),
    (f"customerErase(customer: {NOBODY})", "NOT_FOUND", "customer"),
    (f'customerExport(customer: "tp_{NOTHING}")', "INVALID", "customer"),
    ('jobStart(kind: SCORE_CUSTOMERS, arguments: {asOf: "soon"})', "INVALID", "arguments.asOf"),
    ('jobCancel(id: "job_1")', "INVALID", "id"),
]

BODIES = [
    b'{"query": "{ viewer { name } }", "variables": {"a": "\\ud800"}}',
    b'{"query": "{ viewer { name } }", "variables": {"a": NaN}}',
    b'{"query": "{ viewer { name } }", "variables": {"a": Infinity}}',
    b'{"query": "{ viewer { name } }", "variables": {"a": 1e999}}',
    b'{"query": "{ viewer { name } }", "variables": {"a": 123456789012345678901234567890}}',
    b'{"query": "{ viewer { name } }", "variables": {"a": "\xff"}}',
    b'{"query": "{ viewer { name } }", "variables": {"a": 1, "a": 2}}',
]
