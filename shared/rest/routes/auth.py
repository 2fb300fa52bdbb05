"""Signing in and out, and who is signed in."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Cookie, Header, Response

from shared.domain.errors import NotAuthenticated
from shared.rest.dependencies import Api, GivenApi
from shared.rest.problems import documented
from shared.rest.schemas.auth import Credentials, Me, RefreshToken, Signed
from shared.rest.security import SignedInViewer
from shared.services.repositories.companies import Companies
from shared.services.repositories.users import Users
from shared.services.sign_in import SignedIn

router = APIRouter(prefix="/v1", tags=["sign-in"])

COOKIE = "dialix_refresh"
COOKIE_PATH = "/v1/auth"

RefreshCookie = Annotated[
    str | None, Cookie(alias=COOKIE, max_length=512, description="The refresh token of a browser.")
]
Client = Annotated[
    Literal["program", "browser"],
    Header(alias="X-Dialix-Client", description="`program`: the refresh token comes in the body, not as a cookie."),
]


@router.post("/auth/sign-in", responses=documented(401, 429))
def sign_in(credentials: Credentials, api: GivenApi, response: Response, client: Client = "browser") -> Signed:
    """The same refusal for a wrong password, an unknown user and a blocked one; 429 after repeated failures."""
    signed = api.sign_in.sign_in(credentials.username, credentials.password)
    return _answer(api, response, signed, is_program=client == "program")


@router.post("/auth/refresh", responses=documented(401, 409))
def refresh(
    api: GivenApi, response: Response, cookie: RefreshCookie = None, sent: RefreshToken | None = None
) -> Signed:
    """Each refresh token is good once. An old one ends the session of whoever holds it or its successors.

    409 when another request exchanged this very token in the last seconds: come again with what that one got.
    """
    in_body = sent.refresh_token if sent else None
    token = in_body or cookie
    if token is None:
        raise NotAuthenticated("send the refresh token as cookie or in the body")
    return _answer(api, response, api.sign_in.refresh(token), is_program=in_body is not None)


@router.post("/auth/sign-out", status_code=HTTPStatus.NO_CONTENT, responses=documented())
def sign_out(api: GivenApi, response: Response, cookie: RefreshCookie = None, sent: RefreshToken | None = None) -> None:
    """Ends the session. What is over, or was never one, is over."""
    token = (sent.refresh_token if sent else None) or cookie
    if token is not None:
        api.sign_in.sign_out(token)
    if cookie is not None:
        response.delete_cookie(
            COOKIE, path=COOKIE_PATH, secure=api.settings.is_cookie_secure, httponly=True, samesite="strict"
        )


@router.get("/me", responses=documented(401))
def me(api: GivenApi, viewer: SignedInViewer) -> Me:
    user = Users(api.world.documents, viewer.company).find(viewer.user)
    if user is None or user.is_blocked:
        raise NotAuthenticated("the session is over")
    return Me.of(user, Companies(api.world.documents).get(viewer.company))


def _answer(api: Api, response: Response, signed: SignedIn, *, is_program: bool) -> Signed:
    if not is_program:
        response.set_cookie(
            COOKIE,
            signed.refresh_token,
            max_age=int(signed.session_lifetime.total_seconds()),
            path=COOKIE_PATH,
            secure=api.settings.is_cookie_secure,
            httponly=True,
            samesite="strict",
        )
    return Signed(
        access_token=signed.access_token,
        expires_in_s=int(signed.expires_in.total_seconds()),
        user=Me.of(signed.user, Companies(api.world.documents).get(signed.user.company)),
        refresh_token=signed.refresh_token if is_program else None,
    )
