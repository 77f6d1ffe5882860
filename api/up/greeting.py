"""What a newcomer reads when everything runs: the address, the key, and three questions with what they mean."""

from dataclasses import dataclass

from api.up.place import Place


@dataclass(frozen=True, slots=True)
class Question:
    """Something to paste into the explorer, and what it asks in words."""

    means: str
    text: str


WORTH_MOST = Question(
    "Who is worth most? The five customers with the most profit so far and expected in the next year together, what\n"
    "they are likely to spend, and the range in which the expected profit will lie four times out of five.",
    """\
{
  customers(first: 5, orderBy: [{ field: LIFETIME_VALUE, direction: DESC }]) {
    nodes {
      displayName valueTier lifecycleStage
      lifetimeValue { total historic predicted interval { low high } expectedRevenue probabilityAlive }
    }
  }
}""",
)
SLIPPING_AWAY = Question(
    "Whom are we about to lose who matters? Customers of the top fifth by value whose silence is no longer like them,\n"
    "with the reasons, and what they earned us in the last twelve months.",
    """\
{
  customers(
    first: 5
    where: { valueTier: [HIGH], churnProbability: { gte: 0.35 } }
    orderBy: [{ field: CHURN_PROBABILITY, direction: DESC }]
  ) {
    nodes {
      displayName
      churnRisk { probability band reasons { detail effect } }
      profitability(over: { last: "P12M" }) { revenue profit margin }
      purchasing { lastOrderAt medianDaysBetweenOrders }
    }
  }
}""",
)
ONE_STORY = Question(
    "What is the story of our best customer? Place among all, buying habits, the latest orders with their products,\n"
    "and the latest touches over every channel.",
    """\
{
  customers(first: 1, orderBy: [{ field: PROFIT, direction: DESC }]) {
    nodes {
      displayName
      ranks { byProfit byLifetimeValue of }
      rfm { recency frequency monetary label }
      purchasing { orderCount averageOrderValue categories { category revenue } }
      orders(first: 3) { nodes { orderedAt total lines { product { name category } quantity unitPrice } } }
      touchpoints(first: 5) { nodes { occurredAt channel kind subject } }
    }
  }
}""",
)
QUESTIONS = (WORTH_MOST, SLIPPING_AWAY, ONE_STORY)


def say(address: str, key: str, place: Place, *, seconds: float | None) -> None:
    """Print it; `seconds` is how long a later start took."""
    print(f"\nRapport runs{'' if seconds is None else f' after {seconds:.1f} s'}.\n")
    print(f"  GraphQL   {address}/graphql")
    print(f"  Explorer  {address}/explorer")
    print(f"  Key       {key}")
    print(f"  Data      {place.folder} (logs in {place.logs.name}/)\n")
    print("Open the explorer, give it the key, and paste a question:")
    for number, question in enumerate(QUESTIONS, 1):
        print(f"\n{number}. " + question.means.replace("\n", "\n   ") + "\n")
        print("\n".join(f"     {line}" for line in question.text.splitlines()))
    print("\nCtrl-C stops everything.", flush=True)
