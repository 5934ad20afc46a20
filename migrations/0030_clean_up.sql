-- A cancel with clean-up, by hand or at a deadline: it spares jobs that clean up. A pipeline is being cancelled from then on: cancelled, and not ended.

-- When a pipeline that has not ended is cancelled with clean-up.
ALTER TABLE pipelines ADD COLUMN deadline_at timestamptz;

-- Spared by a clean-up, or by the pipeline's fail_fast, while it was pending and unsealed: it is sealed as it opens.
ALTER TABLE jobs ADD COLUMN spared boolean NOT NULL DEFAULT false;

-- A server of before ends such pipelines as it should. It does not seal what it opens in them, and does not look at deadlines.
INSERT INTO compatible_migrations (version, compatible_from) VALUES (30, 23);
