"""Annotates variants each night, on made-up data: a worker, its schedule, and a template that anybody may run.

`python -m windlass_sdk worker jobs:worker` runs it. `put_template` and `tell_slack` are called once, by
whoever operates the server.
"""

from __future__ import annotations

import hashlib

from pydantic import BaseModel

from windlass_sdk import Client, Context, Failure, NewPipeline, Worker

worker = Worker(concurrency=4)


class ScoreSet(BaseModel):
    """A set of variants; a real one would be in a database."""

    urn: str
    variants: int


class Summary(BaseModel):
    """How many variants were annotated, and how many could not be."""

    annotated: int = 0
    failed: int = 0


class Done(BaseModel):
    """How far an attempt came: the next variant, and those before it that are not in the release."""

    next: int = 0
    absent: list[int] = []


@worker.job("find-score-sets")
async def find_score_sets(wanted: list[ScoreSet], ctx: Context) -> int:
    """One task of annotation for each score set, added with the completion of this one."""
    ctx.add_tasks("annotate", wanted)
    return len(wanted)


@worker.job("annotate")
async def annotate(score_set: ScoreSet, ctx: Context) -> Summary:
    """What became of each variant is an outcome; an attempt that follows another goes on where that stopped.

    Outcomes go with the report, which an attempt may not come to, so what an earlier one did is said again: of a subject the
    newest outcome counts.
    """
    if score_set.variants < 0:
        raise Failure("validation_error", f"{score_set.urn} has no variants")
    done = ctx.resumed_from(Done) or Done()
    for number in range(done.next):
        tell(ctx, score_set, number, number not in done.absent)
    for number in range(done.next, score_set.variants):
        found = is_known(score_set, number)
        tell(ctx, score_set, number, found)
        done = Done(next=number + 1, absent=done.absent if found else [*done.absent, number])
        ctx.checkpoint(done)
        ctx.progress(done.next, score_set.variants, f"{score_set.urn}#{number}")
    summary = Summary(annotated=done.next - len(done.absent), failed=len(done.absent))
    ctx.log.info("annotated %s", score_set.urn, extra=summary.model_dump())
    return summary


def is_known(score_set: ScoreSet, number: int) -> bool:
    """Whether the release has this variant: what would take long."""
    return int(hashlib.sha256(f"{score_set.urn}#{number}".encode()).hexdigest(), 16) % 10 != 0


def tell(ctx: Context, score_set: ScoreSet, number: int, found: bool) -> None:
    """The outcome of one variant."""
    variant = f"{score_set.urn}#{number}"
    if found:
        ctx.outcome(variant, "succeeded", kind="clinvar", version="2026-11")
    else:
        ctx.outcome(variant, "absent", kind="clinvar", version="2026-11", reason="not in this release")


@worker.job("summarise")
async def summarise(ctx: Context) -> Summary:
    """All of the run in two numbers."""
    total = Summary()
    async for one in ctx.results("annotate", Summary):
        total.annotated += one.annotated
        total.failed += one.failed
    return total


def pipeline(wanted: object) -> NewPipeline:
    """Find, annotate, summarise; the summary is made also where some sets failed."""
    new = NewPipeline(name="annotation", metadata={"project": "variants"})
    find = new.job("find", "find-score-sets", payload=wanted)
    annotation = new.job("annotate", after=find, sealed="on_open", max_failed_tasks=100)
    new.job("summarise", after=annotation, when="finished")
    return new


def put_template(client: Client) -> None:
    """The same for any sets, as a template with a parameter."""
    parameters = {
        "type": "object",
        "required": ["score_sets"],
        "additionalProperties": False,
        "properties": {"score_sets": {"type": "array", "items": {"type": "object"}}},
    }
    client.put_template("annotation", pipeline("{{ score_sets }}"), parameters=parameters)


def tell_slack(client: Client, url: str) -> None:
    """A message for each annotation that fails."""
    client.create_webhook(
        url, ["pipeline.failed"], format="slack", description="annotation", filter={"template": "annotation"}
    )


# Each night at 3 in Berlin, also over clock changes.
worker.schedule(
    "nightly-annotation",
    cron="0 3 * * *",
    timezone="Europe/Berlin",
    pipeline=pipeline([ScoreSet(urn="urn:example:1", variants=20), ScoreSet(urn="urn:example:2", variants=5)]),
)
