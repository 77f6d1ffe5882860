"""What a newcomer reads when everything runs: the address, the key, and three questions with what they mean."""

from dataclasses import dataclass

from api.up.place import Place


@dataclass(frozen=True, slots=True)
class Question:
    """Something to paste into the explorer, and what it asks in words."""

    means: str
    text: str


QUESTIONS = (
    Question(
        "Who is worth most? The five customers with the highest expected profit of the coming years,\n"
        "  with the range it will probably lie in, and how likely they are to have left:",
        """{ customers(first: 5, orderBy: [{field: LIFETIME_VALUE, direction: DESC}]) { nodes {
    displayName valueTier lifecycleStage lifetimeValue { predicted { amount } low { amount } high { amount } }
    churnRisk { probability band } } } }""",
    ),
)


def say(address: str, key: str, place: Place, *, seconds: float | None) -> None:
    """Print it; `seconds` is how long a later start took."""
    print(f"\nRapport runs{'' if seconds is None else f' after {seconds:.1f} s'}.\n")
    print(f"  GraphQL   {address}/graphql")
    print(f"  Explorer  {address}/explorer")
    print(f"  Key       {key}")
    print(f"  Data      {place.folder} (logs in {place.logs})\n")
    print("Open the explorer, give it the key and paste a question:\n")
    for number, question in enumerate(QUESTIONS, 1):
        print(f"{number}. {question.means}\n\n  {question.text}\n")
    print("Ctrl-C stops everything.", flush=True)
