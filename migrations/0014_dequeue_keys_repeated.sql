-- Whether a repeat was answered with these leases: then somebody has them, and they are not given back for the first request's sake.
ALTER TABLE dequeue_keys ADD COLUMN repeated boolean NOT NULL DEFAULT false;
