"""People, and the things that the fuzzing is about, made through the API itself."""

import itertools
import json
import uuid

import requests

PASSWORD = "four blunt mossy stones"
OTHER_PASSWORD = "three wet grey pebbles"
TIMEOUT_S = 20


class Refused(Exception):
    pass


class Person:
    """Somebody with a session."""

    def __init__(self, url, email, token=None):
        self.url, self.email, self.token = url, email, token
        self.http = requests.Session()

    def ask(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        answer = self.http.request(method, self.url + path, json=body, headers=headers, timeout=TIMEOUT_S)
        if not answer.ok:
            raise Refused(f"{method} {path} as {self.email}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None

    def sign_in(self):
        body = {"email": self.email, "password": PASSWORD, "transport": "bearer"}
        answer = Person(self.url, self.email).ask("POST", "/session", body)
        return Person(self.url, self.email, answer["token"])


def sign_up(url):
    """Somebody new."""
    email = f"guest-{uuid.uuid4().hex}@example.com"
    Person(url, email).ask("POST", "/accounts", {"email": email, "password": PASSWORD})
    return Person(url, email).sign_in()


def secret_of(invited):
    return invited["link"].rsplit("#", 1)[1]


class Stage:
    """A team with one of everything, as the owner made it."""

    numbers = itertools.count()

    def __init__(self, owner, member):
        self.owner, self.member = owner, member
        ask = owner.ask
        self.team = ask("POST", "/teams", {"name": "Stage"})["id"]
        at = f"/teams/{self.team}"
        joining = ask("POST", f"{at}/invitations", {"role": "developer"})
        member.ask("POST", "/invitations/accept", {"secret": secret_of(joining)})
        self.user = member.ask("GET", "/me")["id"]
        invited = ask("POST", f"{at}/invitations", {"role": "viewer"})
        self.invitation, self.secret = invited["id"], secret_of(invited)
        self.api_token = ask("POST", f"{at}/tokens", {"name": "ci"})["id"]
        self.project = ask("POST", "/projects", {"name": "Stage", "team_id": self.team})["id"]
        at = f"/projects/{self.project}"
        for environment in ["production", "development"]:
            ask("PUT", f"{at}/variables/{environment}/COLOUR", {"value": "red"})
        ask("PUT", f"{at}/variables/production/KEY", {"value": "red", "secret": True})
        # Proven at once, since the installation is for development; what lies within it is not.
        host = f"s{next(self.numbers)}-{uuid.uuid4().hex[:12]}.localhost"
        self.domain = ask("POST", f"{at}/domains", {"host": host})["id"]
        other = ask("POST", "/projects", {"name": "Within", "team_id": self.team})["id"]
        self.claim = ask("POST", f"/projects/{other}/domains", {"host": f"x.{host}"})["id"]
        route = {"method": "GET", "path": "/hi"}
        hi = ask("PUT", f"{at}/functions/hi", {"source": '"hi"', "routes": [route]})
        self.function, self.route = hi["id"], hi["routes"][0]["id"]
        ask("PUT", f"{at}/members/{self.user}", {"role": "admin"})
        ask("PUT", "/me/variables/COLOUR", {"value": "red"})

    def parameters(self):
        """What stands in a path under each name."""
        return {
            "team": self.team,
            "project": self.project,
            "user": self.user,
            "environment": "production",
            "key": "COLOUR",
            "name": "hi",
            "number": "1",
            "route": self.route,
            "function": self.function,
            "domain": self.domain,
            "claim": self.claim,
            "token": self.api_token,
            "invitation": self.invitation,
        }


def write(path, url, owner, member, stage):
    """For the process that fuzzes."""
    names = {"url": url, "owner": [owner.email, owner.token], "member": [member.email, member.token]}
    keep = ["team", "user", "project", "domain", "claim", "function", "route", "api_token", "invitation", "secret"]
    names["stage"] = {name: getattr(stage, name) for name in keep}
    path.write_text(json.dumps(names))


def read(path):
    """The url, the owner, the member and their stage."""
    names = json.loads(path.read_text())
    owner, member = (Person(names["url"], *names[who]) for who in ["owner", "member"])
    stage = Stage.__new__(Stage)
    stage.owner, stage.member = owner, member
    vars(stage).update(names["stage"])
    return names["url"], owner, member, stage
