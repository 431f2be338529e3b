"""Hooks for Schemathesis: who asks, ids that mean something, and a note of every answer.

Most generated requests get the seeded ids into their path, and some a body that is right, since
chance alone finds no password and no invitation. What a request would use up or end is made for it.
Which requests these are is told by the request itself, so that one seed gives one course.
"""

import itertools
import json
import os
import uuid
import zlib
from pathlib import Path

import schemathesis

import people
from people import OTHER_PASSWORD, PASSWORD, Stage, secret_of, sign_up

AS_OWNER = os.environ["FUZZ_AS"] == "owner"
URL, OWNER, MEMBER, STAGE = people.read(Path(os.environ["FUZZ_PEOPLE"]))
NOTES = open(os.environ["FUZZ_NOTES"], "a", buffering=1)
NUMBERS = itertools.count()
ME = OWNER.ask("GET", "/me")
# Without these the run would come to nothing. Schemathesis learns ids from answers.
KEPT = [STAGE.team, STAGE.project, STAGE.user, ME["id"], *(team["id"] for team in ME["teams"])]

def own():
    """Somebody whom it may cost the account or the session."""
    return {"token": sign_up(URL).token}


def other_session():
    guest = sign_up(URL)
    second = guest.sign_in()
    session = next(s for s in second.ask("GET", "/me/sessions")["items"] if s["current"])
    return {"token": guest.token, "path": {"session": session["id"]}}


def invited():
    answer = OWNER.ask("POST", f"/teams/{STAGE.team}/invitations", {"role": "viewer"})
    return {"token": sign_up(URL).token, "body": {"secret": secret_of(answer)}}


def deleted_project():
    stage = Stage(OWNER, MEMBER)
    OWNER.ask("DELETE", f"/projects/{stage.project}")
    return {"path": stage.parameters(), "team": stage.team}


def fresh(body=None):
    def make():
        stage = Stage(OWNER, MEMBER)
        body_of = body(stage) if body else None
        return {"path": stage.parameters(), "body": body_of, "team": stage.team}

    return make


def own_variable():
    OWNER.ask("PUT", "/me/variables/COLOUR", {"value": "red"})
    return {}


def somebody(body):
    return lambda: {"path": {"user": sign_up(URL).ask("GET", "/me")["id"]}, "body": body}


def right(body):
    return lambda: {"body": body() if callable(body) else body}


def number():
    return next(NUMBERS)


# What an operation needs to succeed, besides the seeded ids.
NEEDS = {
    "session_delete": own,
    "session_end_all": own,
    "session_end": other_session,
    "me_delete": lambda: {**own(), "body": {"password": PASSWORD}},
    "me_change_password": lambda: {**own(), "body": {"current": PASSWORD, "new": OTHER_PASSWORD}},
    "my_variable_unset": own_variable,
    "my_variable_set": right({"value": "blue"}),
    "invitation_accept": invited,
    "invitation_inspect": right({"secret": STAGE.secret}),
    "invitation_revoke": fresh(),
    "session_create": right({"email": MEMBER.email, "password": PASSWORD, "transport": "bearer"}),
    "account_create": right(lambda: {"email": f"new-{uuid.uuid4().hex}@example.com", "password": PASSWORD}),
    "team_delete": fresh(),
    "team_transfer": fresh(lambda stage: {"to": stage.user}),
    "team_create": lambda: {**own(), "body": {"name": "Other"}},
    "team_member_remove": fresh(),
    "team_member_set_role": right({"role": "developer"}),
    "invitation_create": right({"role": "viewer"}),
    "token_create": right({"name": "ci"}),
    "token_revoke": fresh(),
    "project_create": right({"name": "Other", "team_id": STAGE.team}),
    "project_delete": fresh(),
    "project_restore": deleted_project,
    "project_change_slug": right(lambda: {"slug": f"slug-{uuid.uuid4().hex[:20]}"}),
    "project_check_slug": right({"slug": "anything"}),
    "project_member_set": right({"role": "admin"}),
    "project_member_remove": fresh(),
    "variable_set": right({"value": "blue", "secret": True}),
    "variable_unset": fresh(),
    "domain_claim": right(lambda: {"host": f"h{number()}-{uuid.uuid4().hex[:12]}.example.net"}),
    "domain_release": fresh(),
    "route_add": right(lambda: {"method": "GET", "path": f"/r{number()}/:name"}),
    "route_remove": fresh(),
    "route_check": right({"method": "GET", "path": "/hi/:name"}),
    "route_match": right({"method": "GET", "path": "/hi"}),
    "route_explain": right({"method": "GET", "path": "/hi"}),
    "admin_domain_grant": right(
        lambda: {"project_id": STAGE.project, "host": f"g{number()}-{uuid.uuid4().hex[:12]}.example.net"}
    ),
    "function_deploy": right({"source": "1"}),
    "function_delete": fresh(),
    "function_test": right({"path": "/x"}),
    "admin_user_update": somebody({"disabled": False}),
    "admin_team_set_limits": fresh(lambda _: {"limits": {"projects": 30}}),
    "admin_team_enter": lambda: {
        "path": {"team": sign_up(URL).ask("GET", "/me")["teams"][0]["id"]},
        "body": {"reason": "looking into a lost invitation"},
    },
    "admin_settings_update": right({"sign_up": "open"}),
}

# What was made for an operation, until a request has used it up.
READY = {}


def need(operation):
    if operation not in NEEDS:
        return {}
    if operation not in READY:
        READY[operation] = NEEDS[operation]()
    return READY[operation]


def used(operation):
    """What is left of it goes: a person owns only so many teams."""
    team = READY.pop(operation, {}).get("team")
    if team:
        try:
            OWNER.ask("DELETE", f"/teams/{team}")
        except people.Refused:
            pass  # It is gone, or somebody else's.


def operation_of(case):
    return case.operation.definition.raw["operationId"]


def chance(case):
    said = repr((case.path_parameters, case.query, case.body, sorted((case.headers or {}).items())))
    return zlib.crc32(said.encode(errors="replace")) % 8


@schemathesis.hook
def before_call(ctx, case, kwargs):
    # A stream has no end to wait for.
    if isinstance(case.query, dict) and "true" in str(case.query.get("follow")).lower():
        del case.query["follow"]
    roll = chance(case)
    needs = need(operation_of(case)) if AS_OWNER else {}
    if AS_OWNER:
        case.headers["Authorization"] = f"Bearer {needs.get('token', OWNER.token)}"
    known = {**STAGE.parameters(), **needs.get("path", {})}
    for name, value in (case.path_parameters or {}).items():
        if name in known and (roll < 6 or "path" in needs and value in KEPT):
            case.path_parameters[name] = known[name]
    if roll < 3 and needs.get("body"):
        case.body = needs["body"]
        case.media_type = "application/json"
        case.headers.pop("Content-Type", None)
        case.headers.pop("Idempotency-Key", None)


@schemathesis.hook
def after_call(ctx, case, response):
    operation = operation_of(case)
    note(operation, response.status_code, response.elapsed)
    if AS_OWNER and response.status_code < 300:
        used(operation)
        if operation == "admin_settings_update":
            OWNER.ask("PATCH", "/admin/settings", {"sign_up": "open"})


@schemathesis.hook
def after_network_error(ctx, case, request):
    note(operation_of(case), 0, 0.0)


def note(operation, status, elapsed):
    NOTES.write(json.dumps([operation, status, round(elapsed, 4)]) + "\n")
