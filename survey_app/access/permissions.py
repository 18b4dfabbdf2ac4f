"""Who may do what: permissions of levels and roles, and the one each route needs; knows no Flask and no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Role = Literal["administrator", "researcher", "brand_manager", "front_line"]
Level = Literal["owner", "editor", "viewer", "brand_manager", "front_line"]
Scope = Literal["studies", "answers", "findings", "typing", "webhooks"]

ROLES: tuple[Role, ...] = ("administrator", "researcher", "brand_manager", "front_line")
LEVELS: tuple[Level, ...] = ("owner", "editor", "viewer", "brand_manager", "front_line")
SCOPES: tuple[Scope, ...] = ("studies", "answers", "findings", "typing", "webhooks")


class Permission(StrEnum):
    """What a route needs; all below `CREATE` are about one study."""

    ANYBODY = "anybody"
    SIGNED_IN = "signed_in"
    ADMINISTER = "administer"
    CREATE = "create"
    SEE = "see"
    EXPORT = "export"
    ANALYSE = "analyse"
    DESIGN = "design"
    RUN_FIELD = "run_field"
    SHARE = "share"
    READ_REPORT = "read_report"
    UPDATE_PLAN = "update_plan"
    LOOK_UP = "look_up"


P = Permission
ABOUT_NO_STUDY = frozenset({P.ANYBODY, P.SIGNED_IN, P.ADMINISTER, P.CREATE})
_VIEWER = frozenset({P.SEE, P.READ_REPORT})
_EDITOR = _VIEWER | {P.EXPORT, P.ANALYSE, P.DESIGN, P.RUN_FIELD, P.LOOK_UP, P.UPDATE_PLAN}
OF_LEVEL: Mapping[Level, frozenset[Permission]] = {
    "owner": _EDITOR | {P.SHARE},
    "editor": _EDITOR,
    "viewer": _VIEWER,
    "brand_manager": frozenset({P.READ_REPORT, P.UPDATE_PLAN}),
    "front_line": frozenset({P.LOOK_UP}),
}
# What a link opens that `serve` prints for this machine: the demonstration without a sign-in.
OF_LINK: Mapping[str, frozenset[Permission]] = {
    "researcher": frozenset({P.SEE, P.EXPORT, P.ANALYSE, P.READ_REPORT, P.UPDATE_PLAN}),
    "reports": frozenset({P.READ_REPORT}),
}


def of_brand_link(*, may_update: bool) -> frozenset[Permission]:
    """Return what a link to one brand's report opens, as whoever made it chose."""
    return frozenset({P.READ_REPORT, P.UPDATE_PLAN} if may_update else {P.READ_REPORT})


@dataclass(frozen=True)
class Right:
    """What somebody may do in one study; `brand` limits it to what is told about that brand."""

    study: str
    permissions: frozenset[Permission]
    brand: str | None = None

    def covers(self, permission: Permission, study: str, brand: str | None) -> bool:
        """Say whether the right is enough; `brand` None asks about any brand."""
        about = self.brand is None or brand is None or self.brand == brand
        return study == self.study and permission in self.permissions and about


@dataclass(frozen=True)
class Visitor:
    """Whoever makes a request: a person who signed in, a program with a token, a holder of links, or nobody."""

    name: str = ""
    account: int | None = None
    role: Role | None = None
    rights: tuple[Right, ...] = ()
    scopes: frozenset[Scope] | None = None
    """What a token is limited to; None for people."""

    def may(self, permission: Permission, study: str | None = None, brand: str | None = None) -> bool:
        """Say whether the visitor may do something, with a study where it is about one."""
        if permission == P.ANYBODY:
            return True
        if permission in ABOUT_NO_STUDY:
            return self._may_here(permission)
        if study is None:
            return False
        return self.role == "administrator" or any(right.covers(permission, study, brand) for right in self.rights)

    def studies(self, permission: Permission) -> frozenset[str]:
        """Return the studies in which the visitor has a right of their own to do something."""
        return frozenset(right.study for right in self.rights if permission in right.permissions)

    def _may_here(self, permission: Permission) -> bool:
        if permission == P.SIGNED_IN:
            return self.account is not None
        allowed = {P.ADMINISTER: {"administrator"}, P.CREATE: {"administrator", "researcher"}}
        return self.role in allowed[permission]


@dataclass(frozen=True)
class Rule:
    """What a route needs; reading is written into the audit log only where `logged`, everything else always."""

    permission: Permission
    logged: bool = False
    scope: Scope | None = None
    """Programs come in here, with a token of this scope; people do not."""


@dataclass(frozen=True)
class Rules:
    """The rules of a set of routes, each by its endpoint."""

    of: Mapping[str, Rule] = field(default_factory=dict)

    def rule(self, endpoint: str) -> Rule | None:
        """Return a route's rule; a route without one is closed to everybody."""
        return self.of.get(endpoint)


def _routes(blueprint: str, permission: Permission, *names: str, logged: bool = False) -> dict[str, Rule]:
    return {f"{blueprint}.{name}": Rule(permission, logged) for name in names}


def _api(permission: Permission, scope: Scope, *names: str, logged: bool = True) -> dict[str, Rule]:
    return {f"api.{name}": Rule(permission, logged, scope) for name in names}


RULES = Rules(
    {
        **_routes("visitors", P.ANYBODY, "open_link", logged=True),
        **_routes("accounts", P.ANYBODY, "home", "sign_in", "set_up", "password_link", "forgotten"),
        **_routes("accounts", P.SIGNED_IN, "sign_out", "sign_out_everywhere", "own_account_page", "change_password"),
        **_routes("accounts", P.SIGNED_IN, "second_factor", "make_token", "revoke_token"),
        **_routes("people", P.ADMINISTER, "people_page", "invite", "change_person", "link_for", "audit_page"),
        **_routes("people", P.ADMINISTER, "audit_file", logged=True),
        **_routes("studies", P.SIGNED_IN, "studies_page"),
        **_routes("studies", P.SHARE, "sharing_page", "share", "unshare"),
        **_routes("design", P.CREATE, "new_study", "upload"),
        **_routes("design", P.DESIGN, "design_page", "change_facts", "change_files", "publish", "simulate"),
        **_routes("design", P.DESIGN, "file", "preview", "preview_page"),
        **_routes("modules", P.DESIGN, "modules_page", "save_modules"),
        **_routes("parts", P.DESIGN, "parts_page", "save_brand", "save_quota", "save_source"),
        **_routes("texts", P.DESIGN, "texts_page", "save_text", "write_out_modules", "add_language"),
        **_routes("researcher", P.SEE, "study_page", "figures_now", "job_page", "job_state", "results"),
        **_routes("researcher", P.EXPORT, "data", "archive", "findings", logged=True),
        **_routes("researcher", P.RUN_FIELD, "set_status", "sittings_page", "review"),
        **_routes("researcher", P.ANALYSE, "analyse", "cancel"),
        **_routes("plan", P.ANALYSE, "plan_page", "analyse_with"),
        **_routes("researcher", P.ANALYSE, "rename"),
        **_routes("researcher", P.SEE, "drawing"),
        **_routes("researcher", P.SEE, "table", logged=True),
        **_routes("results", P.SEE, "picture", "typing_export", logged=True),
        **_routes("comparison", P.SEE, "compare_page"),
        **_routes("comparison", P.SEE, "compare_workbook", logged=True),
        **_routes("comparison", P.ANALYSE, "ask_waves"),
        **_routes("verbatims", P.SEE, "verbatims_page"),
        **_routes("verbatims", P.EXPORT, "sheet", logged=True),
        **_routes("verbatims", P.ANALYSE, "mark", "add_code", "remove_code", "take_sheet", "make_reports"),
        **_routes("front_line", P.LOOK_UP, "customer", logged=True),
        **_routes("webhooks", P.RUN_FIELD, "webhooks_page", "make", "remove", "try_out", "send_again"),
        **_routes("letters", P.RUN_FIELD, "letters_page", "invite", "remind", "retract", logged=True),
        **_routes("api", P.ANYBODY, "description"),
        **_api(P.RUN_FIELD, "webhooks", "webhooks", "make_webhook", "remove_webhook", "try_webhook"),
        **_api(P.RUN_FIELD, "webhooks", "webhook_deliveries", "send_webhook_again"),
        **_api(P.SIGNED_IN, "studies", "studies"),
        **_api(P.EXPORT, "answers", "answers", "codebook"),
        **_api(P.EXPORT, "findings", "findings"),
        **_api(P.LOOK_UP, "typing", "type_answers"),
        **_routes("brand_manager", P.READ_REPORT, "reports_page"),
        **_routes("brand_manager", P.READ_REPORT, "report", "web_report", logged=True),
        **_routes("brand_manager", P.READ_REPORT, "brand_page", "theme_colours", "theme_logo"),
        **_routes("report_documents", P.READ_REPORT, "of_brand", logged=True),
        **_routes("report_documents", P.SEE, "of_study", logged=True),
        **_routes("brand_manager", P.UPDATE_PLAN, "take_on", "bring_up_to_date"),
        **_routes("report_links", P.SHARE, "links_page", "make_link", "withdraw_link"),
    }
)
