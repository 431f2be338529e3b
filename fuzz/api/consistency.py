"""What must hold in the database whatever was asked of the API: nothing that no foreign key watches
points to nothing, and the queue comes to rest."""

import time

SETTLE_S = 60

# Each gives a row for everything wrong.
ORPHANS = {
    "events of no project": """
        SELECT stream_id, sequence FROM events e WHERE project_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM projects p WHERE p.id = e.project_id AND p.team_id = e.team_id)""",
    "event streams of nothing": """
        SELECT stream_id FROM event_streams s WHERE NOT EXISTS (SELECT FROM teams t WHERE t.id = s.stream_id)
           AND NOT EXISTS (SELECT FROM projects p WHERE p.id = s.stream_id)""",
    "event streams that miscount": """
        SELECT s.stream_id, last, count(e.sequence) FROM event_streams s
          LEFT JOIN events e ON e.stream_id = s.stream_id
         GROUP BY s.stream_id, last HAVING last <> count(e.sequence)""",
    "teams without one owner": """
        SELECT t.id FROM teams t WHERE 1 <> (SELECT count(*) FROM members m
         WHERE m.team_id = t.id AND m.role = 'owner' AND m.until IS NULL)""",
    "accounts without a personal team": """
        SELECT u.id FROM users u WHERE NOT EXISTS (SELECT FROM teams t WHERE t.personal_of = u.id)""",
    "accounts without a way to sign in": """
        SELECT u.id FROM users u WHERE NOT EXISTS (SELECT FROM identities i WHERE i.user_id = u.id)""",
    "personal teams of nobody": """
        SELECT t.id FROM teams t WHERE personal_of IS NOT NULL
           AND NOT EXISTS (SELECT FROM members m WHERE m.team_id = t.id AND m.user_id = t.personal_of)""",
    "labels that could be given twice": """
        SELECT label FROM projects p WHERE NOT EXISTS (SELECT FROM used_labels u WHERE u.label = p.label)""",
    "projects whose slug could be given twice": """
        SELECT id FROM projects p WHERE NOT EXISTS (SELECT FROM slugs s
         WHERE s.slug = p.slug AND s.project_id = p.id)""",
    "functions without their version": """
        SELECT f.id FROM functions f WHERE NOT EXISTS (SELECT FROM function_versions v
         WHERE v.id = f.active AND v.function_id = f.id)""",
    "secrets without a key": """
        SELECT v.id FROM variables v WHERE sealed IS NOT NULL
           AND NOT EXISTS (SELECT FROM team_keys k WHERE k.team_id = v.team_id)""",
    "deleted projects that nothing purges": """
        SELECT p.id FROM projects p WHERE deleted_at IS NOT NULL AND NOT EXISTS
         (SELECT FROM due d WHERE d.kind = 'project_purge' AND d.id = p.id)""",
    "purges of nothing": """
        SELECT d.id FROM due d WHERE kind = 'project_purge'
           AND NOT EXISTS (SELECT FROM projects p WHERE p.id = d.id AND p.deleted_at IS NOT NULL)""",
    "idempotency keys of nobody": """
        SELECT user_id FROM idempotency i WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = i.user_id)""",
}

UNSETTLED = "SELECT kind, id, attempts, last_error FROM due WHERE due_at < now() OR last_error IS NOT NULL"


def orphans(server):
    """What is wrong, in words."""
    wrong = []
    for what, sql in ORPHANS.items():
        rows = server.rows(sql)
        if rows:
            wrong.append(f"{len(rows)} {what}, such as {' '.join(rows[0])}")
    return wrong


def unsettled(server):
    """What is still due after a while."""
    deadline = time.monotonic() + SETTLE_S
    while rows := server.rows(UNSETTLED):
        if time.monotonic() > deadline:
            return [f"due and not done: {' '.join(row)}" for row in rows]
        time.sleep(0.2)
    return []
