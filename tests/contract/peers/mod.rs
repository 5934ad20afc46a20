//! What the systems that this product replaces get wrong, and the test that shows it right here.
//!
//! Where a test is not in this directory, its path is named; `store::peers` is `crates/store/tests/store/peers.rs`, for what only Postgres
//! can show: rows, blocks and bytes instead of times.
//!
//! | they | test |
//! |---|---|
//! | end the pipeline with its first failed job, so that its clean-up never runs | [`cleanup`]`::a_failed_job_leaves_the_cleanup_that_waits_for_finished_to_run` |
//! | re-queue what is paused, and burn a retry | [`sweep`]`::the_sweep_leaves_jobs_of_a_paused_pipeline_alone_and_burns_no_retry` |
//! | recover by the time since creation | [`sweep`]`::expiry_counts_from_the_lease_not_from_the_creation` |
//! | fail first and retry later, and a sibling ends in between | [`retry`]`::fail_and_retry_are_one_step_beside_a_sibling_that_ends` |
//! | retry, but leave what was skipped skipped, and forget what was | [`retry`]`::retry_brings_back_skipped_descendants_and_keeps_history` |
//! | accept the late report of an attempt that another one followed | [`late_reports`]`::a_late_report_of_a_superseded_attempt_is_refused` |
//! | overwrite a cancelled job as succeeded | [`late_reports`]`::a_cancelled_job_is_not_overwritten_as_succeeded` |
//! | rewrite a list of everything finished at each completion | `store::peers::a_completion_costs_as_much_after_2000_finished_tasks_as_after_10` |
//! | lose completions that come at once | `tasks::draining::a_job_ends_exactly_once_under_1000_parallel_completions_of_its_tasks` |
//! | spend many statements on each completion, one completion at a time | `store::peers::a_hundred_completions_take_one_statement` |
//! | revive a failed job by a late "started" | [`late_reports`]`::a_late_sign_of_life_does_not_revive_a_failed_job` |
//! | lose a cancel that meets a dequeue | [`cancel`]`::a_cancel_never_loses_its_race_with_a_dequeue` |
//! | leave a cancelled job without an end | [`cancel`]`::a_cancelled_job_is_at_its_end_whatever_its_tasks_were_doing` |
//! | leave a job that was paused and resumed in mid-run without an end | [`pause`]`::a_job_paused_and_resumed_in_mid_run_can_end` |
//! | refuse reports while paused | [`pause`]`::a_report_is_accepted_while_paused` |
//! | are blocked by an empty stage for ever | [`empty_jobs`]`::an_empty_job_never_blocks_what_waits_for_it` |
//! | take an empty stage for done before its tasks came | [`empty_jobs`]`::a_job_is_not_done_before_its_tasks_came` |
//! | scan all that runs at each dequeue, where the head of the queue is exhausted | `store::peers::a_dequeue_reads_as_little_behind_20000_running_tasks_as_behind_200` |
//! | read every row for their metrics | `store::peers::what_metrics_ask_for_reads_as_little_of_20000_tasks_as_of_200` |
//! | list without a limit | [`answers`]`::every_list_has_a_limit` |
//! | answer 500 where a name is typed wrongly | [`answers`]`::a_name_typed_wrongly_gets_a_clear_answer` |
//! | let an idle worker ask once a minute | [`idle`]`::an_idle_worker_gets_a_new_task_long_before_it_would_ask_again` |

mod answers;
mod cancel;
mod cleanup;
mod empty_jobs;
mod idle;
mod late_reports;
mod pause;
mod retry;
mod sweep;
mod table;
