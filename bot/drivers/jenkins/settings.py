"""What can be set about Jenkins: the servers, by the names that targets use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, FilePath, SecretStr, field_validator

URL_SCHEME = "must begin with http:// or https:// and name a host"
URL_CREDENTIALS = "must not carry a user or token: they have settings of their own"
URL_QUERY = "must not carry a query or fragment"
NO_TOKEN = "is empty: make an API token on the user's Security page in Jenkins"  # noqa: S105 - words about one


class JenkinsServer(BaseModel):
    """One Jenkins. `url` may carry a context path (`https://ci.example.com/jenkins`).

    `token` is an API token, not a password: Jenkins asks no crumb of it, and it can be revoked alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, Field(description="Address of Jenkins' first page, with its context path.")]
    user: Annotated[str, Field(min_length=1, description="The user the token belongs to.")]
    token: Annotated[SecretStr, Field(description="An API token of that user, not a password.")]
    timeout: Annotated[float, Field(gt=0, le=120, description="Seconds for one whole exchange.")] = 10.0
    key_parameter: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$",
            description="The string parameter of every job that carries the deployment's key.",
        ),
    ] = "PILOTHOUSE_KEY"
    ca_bundle: Annotated[
        FilePath | None, Field(description="File with the authorities to trust; left out: the system's.")
    ] = None
    webhook_secret: Annotated[
        SecretStr | None,
        Field(
            description="Signs what Jenkins tells at /hooks/jenkins/<server>; left out: it is not listened to."
        ),
    ] = None
    parallel: Annotated[int, Field(ge=1, le=32, description="Requests under way at the same time.")] = 4
    search_builds: Annotated[
        int, Field(ge=1, le=100, description="How many of a job's last builds are searched for a key.")
    ] = 50

    @field_validator("url")
    @classmethod
    def _plain_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(URL_SCHEME)
        if parts.username is not None or parts.password is not None:
            raise ValueError(URL_CREDENTIALS)
        if parts.query or parts.fragment:
            raise ValueError(URL_QUERY)
        return url.rstrip("/")

    @field_validator("token")
    @classmethod
    def _token_given(cls, token: SecretStr) -> SecretStr:
        if not token.get_secret_value().strip():
            raise ValueError(NO_TOKEN)
        return token

    @property
    def grace(self) -> float:
        """Seconds after which a request that we gave up on can no longer be under way: longer than `timeout`."""
        return self.timeout * 1.5 + 0.5

    @property
    def verify(self) -> bool | str:
        """What requests is to trust: the system's authorities or the given bundle."""
        return str(Path(self.ca_bundle)) if self.ca_bundle else True


class JenkinsSettings(BaseModel):
    """The section `jenkins`: at least one server; targets name it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    servers: Annotated[
        dict[str, JenkinsServer], Field(min_length=1, description="Jenkins servers, by names of your own.")
    ]
