"""Where versions and their commits come from: a git repository, GitHub, the builds of a job."""

from __future__ import annotations

from pydantic import Field, SecretStr

from config.durations import Duration
from config.section import HttpUrl, Pattern, Section

NUMBER, DISPLAY_NAME = "number", "display_name"
"""What a build's version may be besides the value of a parameter."""


class GitHub(Section):
    """GitHub's API, for the services whose repository names `github`."""

    api_url: HttpUrl = Field(
        default="https://api.github.com",
        description="Where the API is; GitHub Enterprise Server: https://HOST/api/v3.",
    )
    token: SecretStr | None = Field(
        default=None,
        description="A token that may read the repositories' contents; left out: only public ones, 60 requests an hour.",
    )
    timeout: Duration = Field(default=10.0, gt=0, description="How long one call to GitHub may take.")


class Repositories(Section):
    """Where the mirror clones of repositories are kept, and how long fetching may take."""

    folder: str = Field(
        default="repositories",
        min_length=1,
        description="Folder of the mirror clones; relative to the folder of the database. It can be deleted at any time.",
    )
    fetch_within: Duration = Field(
        default=600.0,
        gt=0,
        description="How long one fetch may take; the first one brings the whole history.",
    )
    wait: Duration = Field(
        default=4.0,
        gt=0,
        description="How long a command waits for a fetch, for GitHub or for a list of builds, before it goes on without.",
    )


class Repository(Section):
    """A service's git repository, for what is going out. Without `git` and `github` there is none."""

    git: str | None = Field(
        default=None,
        min_length=1,
        description="Address (https://, ssh://, git@host:path) or absolute path; a mirror clone of its commits is kept.",
    )
    user: str = Field(
        default="x-access-token",
        pattern=r"^[^:\s]+$",
        description="The user that `token` belongs to; GitHub and GitLab take any.",
    )
    token: SecretStr | None = Field(
        default=None,
        description="Token or password for an https:// address; left out: what git itself is set up with.",
    )
    github: str | None = Field(
        default=None,
        description="The repository on GitHub as owner/name: links to comparisons, and comparisons themselves where `git` is left out or can't be reached.",
    )
    version_to_ref: str = Field(
        default="{{ version }}",
        description="The tag or branch of a version; Jinja2 over version, such as v{{ version }}.",
    )
    tags: str = Field(
        default="*", description="Which tags are offered as versions, as in a shell: v*; empty: none."
    )
    branches: str = Field(
        default="",
        description="Which branches are offered as versions, as in a shell: release/*; empty: none.",
    )
    tickets: Pattern = Field(
        default=r"\b[A-Z][A-Z0-9]+-[0-9]+\b",
        description="Regular expression (RE2) of what is a ticket in a commit's subject.",
    )
    fetch_after: Duration = Field(
        default=60.0, gt=0, description="How old what is known of the repository may be when it is asked for."
    )

    @property
    def there(self) -> bool:
        return self.git is not None or self.github is not None


class BuildVersions(Section):
    """The job whose builds are the versions of a service. Without `job` there is none."""

    driver: str = Field(default="", description="The driver; may be left out when exactly one is configured.")
    server: str = Field(
        default="", description="The driver's server; may be left out when it has exactly one."
    )
    job: str = Field(
        default="", description="The job whose builds make the versions, in the words of the driver."
    )
    version: str = Field(
        default="VERSION",
        min_length=1,
        description="What a build's version is: the name of a parameter, or number, or display_name.",
    )
    only_green: bool = Field(
        default=True,
        description="Only builds that succeeded are offered, and a version without one is refused; false: any build that ended is offered, and nothing is refused.",
    )
    search: int = Field(
        default=100, ge=1, le=2000, description="How many of the job's last builds are looked at."
    )
    fresh_for: Duration = Field(
        default=30.0, gt=0, description="How old what is known of the builds may be when it is asked for."
    )

    @property
    def there(self) -> bool:
        return bool(self.job)


class Versions(Section):
    """Where the versions of a service come from, besides the tags and branches of its repository."""

    builds: BuildVersions = Field(
        default=BuildVersions(), description="The job whose builds are the service's versions."
    )
