"""The example examples/annotation, end to end on its made-up data."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from conftest import Server, running_server, server  # noqa: F401 - the latter is a fixture
from fake import Fake, Reply
from harness import eventually, working

from windlass_sdk import BulkFilter, Client
from windlass_sdk.testing import run

FILE = Path(__file__).resolve().parents[1] / "examples" / "annotation" / "jobs.py"


def example() -> Any:
    """The example's module, anew: its worker is this test's own."""
    spec = importlib.util.spec_from_file_location("annotation_jobs", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["annotation_jobs"] = module
    spec.loader.exec_module(module)
    return module


def test_the_example_annotates_each_night_and_by_its_template(server: Server, monkeypatch: Any) -> None:
    monkeypatch.setenv("WINDLASS_SERVER", server.url)
    jobs = example()
    with Client(server.url) as client, working(jobs.worker):
        jobs.put_template(client)
        jobs.tell_slack(client, "https://hooks.slack.com/services/made-up")
        assert [webhook.format for webhook in client.list_webhooks()] == ["slack"]
        # The nightly one, now.
        eventually("the schedule is put", lambda: [one.name for one in client.list_schedules()])
        night = client.wait(client.trigger_schedule("nightly-annotation"), timeout=600)
        assert night.state == "succeeded"
        [summary] = client.list_job_results(night.id, "summarise")
        assert summary["annotated"] + summary["failed"] == 25
        outcomes = list(client.list_outcomes(pipeline_id=night.id, disposition="absent"))
        assert len(outcomes) == summary["failed"]
        assert night.job("annotate").outcomes == {"succeeded": summary["annotated"], "absent": summary["failed"]}
        # One by hand, of which a set cannot be annotated, and which is run again.
        sets = [{"urn": "urn:example:3", "variants": 3}, {"urn": "urn:example:4", "variants": -1}]
        by_hand = client.wait(client.create_template_pipeline("annotation", {"score_sets": sets}), timeout=600)
        [failed] = client.list_tasks(pipeline_id=by_hand.id, state="failed")
        assert failed.error
        assert failed.error.category == "validation_error"


def test_slack_is_told_of_an_annotation_that_fails_and_of_no_other_pipeline(tmp_path: Path, monkeypatch: Any) -> None:
    # Slack answers its webhooks so.
    slack = Fake(lambda n, seen: Reply(raw=b"ok", headers={"content-type": "text/html"}))
    settings = ["--webhook-allow", "127.0.0.0/8", "--public-url", "https://windlass.example"]
    with running_server(tmp_path, *settings) as server, slack, Client(server.url) as client:
        monkeypatch.setenv("WINDLASS_SERVER", server.url)
        jobs = example()
        jobs.put_template(client)
        jobs.tell_slack(client, f"{slack.url}/services/T0/B0/made-up")
        with working(jobs.worker):
            # One of another name that fails, one that succeeds, and one that cannot be annotated at all.
            other = client.create_pipeline(
                {"name": "other", "jobs": [{"key": "find", "type": "find-score-sets", "payload": 1}]}
            )
            assert client.wait(other, timeout=600).state == "failed"
            well = client.create_template_pipeline("annotation", {"score_sets": [{"urn": "urn:example:5", "variants": 1}]})
            assert client.wait(well, timeout=600).state == "succeeded"
            sets = [{"urn": "<!channel>", "variants": "many"}]
            failed = client.wait(client.create_template_pipeline("annotation", {"score_sets": sets}), timeout=600)
            assert failed.state == "failed"
            told = slack.next()
            assert not slack.rest()
            # All that failed of the template is run again, and fails again.
            again = BulkFilter(template="annotation", state="failed")
            assert client.retry_pipelines(again).matched == 1
            assert client.retry_pipelines(again, dry_run=False).changed == 1
            assert client.wait(failed, timeout=600).state == "failed"
            assert slack.next().raw == told.raw
        assert (told.method, told.path) == ("POST", "/services/T0/B0/made-up")
        assert told.headers["content-type"].partition(";")[0] == "application/json"
        message = told.body
        assert set(message) == {"text"}, "what an incoming webhook of Slack takes"
        first, job, link = message["text"].splitlines()
        assert first == "pipeline annotation failed"
        assert job.startswith("job find: data_error: cannot read the payload: 0.variants: ")
        assert link == f"https://windlass.example/ui/pipelines/{failed.id}"


def test_an_attempt_of_the_example_that_follows_another_counts_all_variants() -> None:
    worker = example().worker
    payload = {"urn": "urn:example:1", "variants": 20}
    whole = run(worker, "annotate", payload)
    first = whole.checkpoint
    assert first["next"] == 20
    earlier = {"next": 12, "absent": [number for number in first["absent"] if number < 12]}
    rest = run(worker, "annotate", payload, attempt=2, checkpoint=earlier)
    assert whole.result == rest.result
    assert whole.outcomes == rest.outcomes
    assert len(whole.outcomes) == 20
