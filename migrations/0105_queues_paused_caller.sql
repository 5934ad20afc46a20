-- Who has paused a type: by which key, and what the person is called, where they said so. As long as a call waits: those that stand behind this lock
-- outlast it. A start that fails for it is tried again.
SELECT set_config('lock_timeout', '4s', true);

-- Null: no key was needed, or a server of before has paused it. Believed only while it is paused.
ALTER TABLE queues ADD COLUMN paused_caller text;

-- A caller as people know them, by the numbers of their key and of the name that they have said: both names.
CREATE FUNCTION windlass_caller(integer, integer) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT nullif(concat_ws(
        ' · ',
        (SELECT name FROM display_names WHERE number = $2),
        CASE WHEN $1 = 0 THEN 'bootstrap' ELSE (SELECT name FROM keys WHERE number = $1) END
    ), '')
$$;

INSERT INTO compatible_migrations (version, compatible_from) VALUES (105, 32);
