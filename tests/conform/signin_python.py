"""msal for Python, over TLS."""

import html
import json
import re
import urllib.error
import urllib.parse
import urllib.request

import msal
from checks import check, expect, run, sandbox

credentials, entra = sandbox["credentials"], sandbox["tls"]["bases"]["entra"]
authority = f"{entra}/{credentials['tenant']}"
ledger = f"{sandbox['tls']['bases']['business_central']}/v2.0/{credentials['tenant']}/{credentials['environment']}/api/v2.0"
RESOURCE = "https://api.businesscentral.dynamics.com"
SCOPES = [f"{RESOURCE}/Financials.ReadWrite.All"]
REDIRECT = "http://localhost:50123"


def public(**more):
    settings = {"authority": authority, "instance_discovery": False, **more}
    return msal.PublicClientApplication(credentials["client_id"], **settings)


def confidential(secret=credentials["service_client_secret"]):
    return msal.ConfidentialClientApplication(
        credentials["service_client_id"], client_credential=secret, authority=authority, instance_discovery=False
    )


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


browser = urllib.request.build_opener(Stay)


def person(url, action="accept", **fields):
    """What a person's browser is sent back with after the page was answered."""
    page = browser.open(url).read().decode()
    user = re.search(r'name="username" value="([^"]*)"', page)[1]
    form = urllib.parse.urlencode({"username": user, "action": action, **fields}).encode()
    try:
        return browser.open(url, form).read().decode()
    except urllib.error.HTTPError as answer:
        assert answer.code == 302, answer.read()
        location = answer.headers["location"]
        assert location.startswith(f"{REDIRECT}/?") or location.startswith(f"{REDIRECT}?"), location
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))


def companies(token):
    """The ledger accepts the token."""
    request = urllib.request.Request(f"{ledger}/companies", headers={"authorization": f"Bearer {token}"})
    return json.loads(urllib.request.urlopen(request).read())["value"]


def sign_in(app):
    flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=REDIRECT)
    return app.acquire_token_by_auth_code_flow(flow, person(flow["auth_uri"]))


@check
def code():
    """signs in by code with PKCE"""
    app = public()
    token = sign_in(app)
    assert token["token_type"] == "Bearer" and 3000 < token["expires_in"] <= 5400, token
    claims = token["id_token_claims"]
    assert (claims["preferred_username"], claims["tid"]) == (credentials["user"], credentials["tenant"])
    assert companies(token["access_token"])[0]["displayName"] == credentials["company"]
    assert [account["username"] for account in app.get_accounts()] == [credentials["user"]]


@check
def code_of_any_tenant():
    """signs in for organizations, and is told the tenant"""
    token = sign_in(public(authority=f"{entra}/organizations"))
    assert token["id_token_claims"]["tid"] == credentials["tenant"], token
    assert companies(token["access_token"])


@check
def code_by_form():
    """signs in by code that comes back in a form"""
    app = public()
    flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=REDIRECT, response_mode="form_post", login_hint=credentials["user"])
    page = person(flow["auth_uri"])
    assert f'action="{REDIRECT}' in page, page
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    token = app.acquire_token_by_auth_code_flow(flow, {name: html.unescape(value) for name, value in fields})
    assert companies(token["access_token"]), token


@check
def silence():
    """takes a token from its cache, then refreshes it and keeps the new refresh token"""
    app = public()
    first = sign_in(app)
    account = app.get_accounts()[0]
    kept = lambda: [one["secret"] for one in app.token_cache.search(msal.TokenCache.CredentialType.REFRESH_TOKEN)]
    before = kept()
    assert app.acquire_token_silent(SCOPES, account)["access_token"] == first["access_token"]
    fresh = app.acquire_token_silent_with_error(SCOPES, account, force_refresh=True)
    assert fresh["access_token"] != first["access_token"], fresh
    assert companies(fresh["access_token"])
    assert len(kept()) == 1 and kept() != before
    assert app.acquire_token_silent_with_error(SCOPES, account, force_refresh=True)["access_token"] != fresh["access_token"]


@check
def denial():
    """is told that the person declined"""
    app = public()
    flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=REDIRECT)
    answer = app.acquire_token_by_auth_code_flow(flow, person(flow["auth_uri"], "cancel"))
    assert answer["error"] == "access_denied" and "AADSTS65004" in answer["error_description"], answer


@check
def reuse():
    """cannot redeem a code twice, nor with another verifier"""
    app = public()
    flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=REDIRECT)
    back = person(flow["auth_uri"])
    assert "access_token" in app.acquire_token_by_auth_code_flow(flow, back)
    again = public().acquire_token_by_auth_code_flow(flow, back)
    assert again["error"] == "invalid_grant" and 54005 in again["error_codes"], again
    flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=REDIRECT)
    wrong = app.acquire_token_by_auth_code_flow({**flow, "code_verifier": "x" * 43}, person(flow["auth_uri"]))
    assert wrong["error"] == "invalid_grant" and 501481 in wrong["error_codes"], wrong


@check
def device():
    """signs in by device code: pending, accepted; another one declined"""
    app = public()
    flow = app.initiate_device_flow(SCOPES)
    assert flow["user_code"] in flow["message"] and flow["expires_in"] == 900
    once = {"exit_condition": lambda _: True}
    assert app.acquire_token_by_device_flow(flow, **once)["error"] == "authorization_pending"
    person(flow["verification_uri"], user_code=flow["user_code"])
    token = app.acquire_token_by_device_flow(flow)
    assert companies(token["access_token"]), token
    flow = app.initiate_device_flow(SCOPES)
    person(flow["verification_uri"], "cancel", user_code=flow["user_code"])
    assert app.acquire_token_by_device_flow(flow, **once)["error"] == "authorization_declined"


@check
def service():
    """signs in as an app, with the right secret only"""
    token = confidential().acquire_token_for_client([f"{RESOURCE}/.default"])
    assert token["token_type"] == "Bearer" and "refresh_token" not in token, token
    assert companies(token["access_token"])
    wrong = confidential("wrong").acquire_token_for_client([f"{RESOURCE}/.default"])
    assert wrong["error"] == "invalid_client" and 7000215 in wrong["error_codes"], wrong
    narrow = confidential().acquire_token_for_client(SCOPES)
    assert 1002012 in narrow["error_codes"], narrow
    public_only = public().initiate_device_flow(["https://graph.microsoft.com/.default"])
    assert "error" in public_only, public_only


@check
def settings():
    """is told of an unknown tenant and an unknown app"""
    expect(ValueError, public, authority=f"{entra}/11111111-1111-1111-1111-111111111111")
    stranger = msal.PublicClientApplication("22222222-2222-2222-2222-222222222222", authority=authority, instance_discovery=False)
    answer = stranger.initiate_device_flow(SCOPES)
    assert answer["error"] == "unauthorized_client" and 700016 in answer["error_codes"], answer


run()
