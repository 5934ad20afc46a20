-- By which claim a slot is filled: a server that has lost it frees it no more, whoever has filled it since with the same delivery. Servers of versions
-- before go by the delivery, and free what they have filled themselves.
ALTER TABLE webhook_slots ADD COLUMN claim uuid;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (83, 32);
