"""What an operator may set, and what is said of a mistake."""

from pathlib import Path

import pytest

from api.settings import OF_KUBERNETES, Settings, SettingsError, load_settings, split

SECRET = "whsec_" + "c2VjcmV0" * 4


def refusal(**environ: str) -> str:
    with pytest.raises(SettingsError) as refused:
        load_settings(environ)
    return str(refused.value)


def test_nothing_needs_to_be_set() -> None:
    settings = load_settings({})
    assert settings.home == Path(".placet").absolute()
    assert settings.database_url.get_secret_value() == f"sqlite:///{settings.home}/placet.db"
    assert (settings.host, settings.port, settings.access_provider) == ("127.0.0.1", 8484, "record")
    assert not settings.postgres


def test_the_database_lives_at_home_unless_it_is_named() -> None:
    assert load_settings({"PLACET_HOME": "/srv/placet"}).database_url.get_secret_value() == "sqlite:////srv/placet/placet.db"
    assert load_settings({"PLACET_DATABASE_URL": "postgresql://placet@db/placet"}).postgres


def test_what_is_empty_is_not_set() -> None:
    assert load_settings({"PLACET_PORT": "", "PLACET_DATA_KEY": ""}) == load_settings({})


def test_what_the_command_line_and_the_tests_read_is_not_ours() -> None:
    assert load_settings({"PLACET_URL": "x", "PLACET_TOKEN": "y", "PLACET_TEST_POSTGRES_URL": "z", "PATH": "/bin"}) == load_settings({})


def test_what_kubernetes_sets_for_a_service_named_placet_is_not_ours() -> None:
    assert load_settings({
        "PLACET_PORT": "tcp://10.96.0.7:8484", "PLACET_SERVICE_HOST": "10.96.0.7", "PLACET_SERVICE_PORT": "8484",
        "PLACET_SERVICE_PORT_HTTP": "8484", "PLACET_PORT_8484_TCP": "tcp://10.96.0.7:8484", "PLACET_PORT_8484_TCP_PROTO": "tcp",
        "PLACET_PORT_8484_TCP_PORT": "8484", "PLACET_PORT_8484_TCP_ADDR": "10.96.0.7", "PLACET_DB_PORT": "tcp://10.96.0.8:5432",
        "PLACET_DB_SERVICE_HOST": "10.96.0.8", "PLACET_DB_PORT_5432_TCP_ADDR": "10.96.0.8"}) == load_settings({})
    assert not any(OF_KUBERNETES.fullmatch(f"PLACET_{name.upper()}") for name in Settings.model_fields)
    assert refusal(PLACET_DB_PORT="5432").startswith("PLACET_DB_PORT is no setting of Placet")
    assert refusal(PLACET_PORT="http://10.96.0.7").startswith("PLACET_PORT must be a port")


def test_an_unknown_setting_is_named_with_its_nearest_neighbour() -> None:
    assert refusal(PLACET_PRT="1") == "PLACET_PRT is no setting of Placet: did you mean PLACET_PORT?"
    assert refusal(PLACET_XYZZY="1") == "PLACET_XYZZY is no setting of Placet."
    assert refusal(PLACET_port="1") == "PLACET_port is no setting of Placet."


@pytest.mark.parametrize(("name", "value", "said"), [
    ("PLACET_PORT", "http", "PLACET_PORT must be a port, 1 to 65535, or 0 for any that is free, got 'http'."),
    ("PLACET_PORT", "65536", "PLACET_PORT must be a port, 1 to 65535, or 0 for any that is free, got '65536'."),
    ("PLACET_SLOTS", "0", "PLACET_SLOTS must be a number of runs worked on at once, 1 to 64, got '0'."),
    ("PLACET_LEASE", "nan", "PLACET_LEASE must be a number of seconds, 0.3 to 600, got 'nan'."),
    ("PLACET_LOG_LEVEL", "loud", "PLACET_LOG_LEVEL must be debug, info, warning or error, got 'loud'."),
    ("PLACET_ACCESS_PROVIDER", "github", "PLACET_ACCESS_PROVIDER must be record, webhook or github-team, got 'github'."),
    ("PLACET_OPEN_REQUESTS_LIMIT", "-1", "PLACET_OPEN_REQUESTS_LIMIT must be a number of open requests, 1 to 10000, got '-1'."),
])
def test_a_bad_value_is_told_in_a_sentence(name: str, value: str, said: str) -> None:
    assert refusal(**{name: value}) == said


@pytest.mark.parametrize(("name", "value"), [
    ("PLACET_DATABASE_URL", "mysql://placet:hunter2@db/placet"), ("PLACET_MIGRATE_DATABASE_URL", "hunter2"),
    ("PLACET_SMTP_URL", "http://u:hunter2@mail.acme.org"),
    ("PLACET_ACCESS_WEBHOOK_SECRET", "hunter2"), ("PLACET_ACCESS_WEBHOOK_URL", "http://u:hunter2@example.com/"),
])
def test_a_bad_secret_is_not_repeated(name: str, value: str) -> None:
    said = refusal(**{name: value})
    assert said.startswith(f"{name} must be ")
    assert "hunter2" not in said


@pytest.mark.parametrize(("given", "said"), [
    ({"PLACET_SMTP_URL": "smtp://mail.acme.org"}, "PLACET_SMTP_URL and PLACET_SMTP_FROM are set together, or neither."),
    ({"PLACET_SMTP_FROM": "placet@acme.org"}, "PLACET_SMTP_URL and PLACET_SMTP_FROM are set together, or neither."),
    ({"PLACET_SMTP_PASSWORD_FILE": "/run/secrets/smtp"}, "PLACET_SMTP_PASSWORD_FILE needs PLACET_SMTP_URL and PLACET_SMTP_FROM as well."),
    ({"PLACET_SMTP_URL": "smtp://mail.acme.org", "PLACET_SMTP_FROM": "Placet <p@acme.org>"},
     "PLACET_SMTP_FROM must be an e-mail address, got 'Placet <p@acme.org>'."),
])
def test_mail_is_set_up_whole_or_not_at_all(given: dict[str, str], said: str) -> None:
    assert refusal(**given) == said


def test_secrets_do_not_show() -> None:
    shown = repr(load_settings({
        "PLACET_DATABASE_URL": "postgresql://placet:hunter2@db/placet", "PLACET_DATA_KEY": "hunter2",
        "PLACET_ACCESS_WEBHOOK_SECRET": SECRET}))
    assert "hunter2" not in shown
    assert SECRET not in shown


def test_the_webhook_provider_needs_both_of_its_settings() -> None:
    for more in ({}, {"PLACET_ACCESS_WEBHOOK_URL": "https://example.com/"}, {"PLACET_ACCESS_WEBHOOK_SECRET": SECRET}):
        assert refusal(PLACET_ACCESS_PROVIDER="webhook", **more) == (
            "PLACET_ACCESS_PROVIDER=webhook needs PLACET_ACCESS_WEBHOOK_URL and PLACET_ACCESS_WEBHOOK_SECRET as well.")


@pytest.mark.parametrize("url", ["https://example.com/hook", "http://127.0.0.1:9000/", "http://[::1]/", "http://localhost/", "http://127.9.9.9"])
def test_a_webhook_is_https_or_on_this_machine(url: str) -> None:
    assert load_settings({"PLACET_ACCESS_WEBHOOK_URL": url}).access_webhook_url == url


@pytest.mark.parametrize("url", [
    "http://example.com/", "http://10.0.0.1/", "http://0.0.0.0/", "http://localhost.example.com/", "ftp://127.0.0.1/", "https:///x", "x", "http://["])
def test_a_webhook_in_clear_over_the_network_is_refused(url: str) -> None:
    assert refusal(PLACET_ACCESS_WEBHOOK_URL=url).startswith("PLACET_ACCESS_WEBHOOK_URL must be an https:// address")


def test_a_webhook_has_one_secret_or_two_during_a_rotation() -> None:
    assert load_settings({"PLACET_ACCESS_WEBHOOK_SECRET": f"{SECRET} {SECRET}"}).webhook_secrets == [SECRET, SECRET]
    assert refusal(PLACET_ACCESS_WEBHOOK_SECRET=" ".join([SECRET] * 3)).startswith("PLACET_ACCESS_WEBHOOK_SECRET must be")


def test_the_release_webhook_is_set_whole_or_not_at_all() -> None:
    url, secret = {"PLACET_RELEASE_WEBHOOK_URL": "https://example.com/"}, {"PLACET_RELEASE_WEBHOOK_SECRET": SECRET}
    for half in (url, secret):
        assert refusal(**half) == "PLACET_RELEASE_WEBHOOK_URL and PLACET_RELEASE_WEBHOOK_SECRET are set together, or neither."
    assert load_settings({**url, **secret}).release_webhook_secrets == [SECRET]
    assert refusal(PLACET_RELEASE_WEBHOOK_URL="http://example.com/").startswith("PLACET_RELEASE_WEBHOOK_URL must be an https:// address")


def test_settings_do_not_change() -> None:
    settings = load_settings({})
    with pytest.raises(ValueError):
        settings.port = 1  # type: ignore[misc]
    assert isinstance(settings, Settings)


def test_issuer_and_audience_can_be_set_beside_the_command_lines_own() -> None:
    settings = load_settings({"PLACET_TOKEN_ISSUER": "here", "PLACET_TOKEN_AUDIENCE": "there", "PLACET_TOKEN": "a.b.c", "PLACET_URL": "http://x"})
    assert (settings.token_issuer, settings.token_audience) == ("here", "there")


OIDC = {"PLACET_OIDC_ISSUER": "https://login.example.com/t1", "PLACET_OIDC_AUDIENCE": "placet",
        "PLACET_OIDC_MEMBER_VALUES": "staff, guests"}
VALUES = "PLACET_OIDC_OWNER_VALUES, PLACET_OIDC_MEMBER_VALUES, PLACET_OIDC_APPLICATION_VALUES"


def test_people_sign_in_at_an_issuer_that_is_set_whole_and_under_an_address_that_is_known() -> None:
    own = {"PLACET_OIDC_ISSUER": OIDC["PLACET_OIDC_ISSUER"], "PLACET_OIDC_CLIENT_ID": "placet", "PLACET_PUBLIC_URL": "https://placet.acme.org"}
    settings = load_settings(own)
    assert (settings.oidc_client_id, settings.oidc_scopes, settings.oidc_audience) == ("placet", "openid email profile", None)
    assert load_settings({**OIDC, **own}).oidc_audience == OIDC["PLACET_OIDC_AUDIENCE"]
    assert refusal(**{**own, "PLACET_PUBLIC_URL": ""}) == (
        "PLACET_OIDC_CLIENT_ID needs PLACET_PUBLIC_URL as well: the issuer sends people back there.")
    assert refusal(**{**own, "PLACET_OIDC_AUDIENCE": "us"}).startswith("PLACET_OIDC_ISSUER needs PLACET_OIDC_AUDIENCE as well")
    assert refusal(**{**OIDC, "PLACET_OIDC_CLIENT_SECRET": "s"}) == (
        "PLACET_OIDC_CLIENT_SECRET is for signing in at the pages: it needs PLACET_OIDC_CLIENT_ID as well.")
    assert "choose one" in refusal(**{**own, "PLACET_OIDC_CLIENT_SECRET": "s", "PLACET_OIDC_CLIENT_SECRET_FILE": "f"})
    assert "openid among them" in refusal(**{**own, "PLACET_OIDC_SCOPES": "email"})


def test_an_outside_issuer_is_set_whole_or_not_at_all() -> None:
    settings = load_settings(OIDC)
    assert (settings.oidc_issuer, split(settings.oidc_member_values)) == ("https://login.example.com/t1", ["staff", "guests"])
    assert (settings.oidc_algorithms, settings.oidc_role_claim, settings.oidc_email_claim) == ("RS256", "roles", None)
    for name in (*OIDC, "PLACET_OIDC_EMAIL_CLAIM", "PLACET_OIDC_JWKS_URL"):
        if name != "PLACET_OIDC_ISSUER":
            value = OIDC.get(name, "https://login.example.com/keys")
            assert refusal(**{name: value}) == f"{name} says something of an outside issuer: it needs PLACET_OIDC_ISSUER as well."
    for missing in ("PLACET_OIDC_AUDIENCE", "PLACET_OIDC_MEMBER_VALUES"):
        assert refusal(**{**OIDC, missing: ""}) == (
            f"PLACET_OIDC_ISSUER needs PLACET_OIDC_AUDIENCE as well, and at least one of {VALUES}; "
            "or PLACET_OIDC_CLIENT_ID alone, to sign in.")
    assert refusal(**OIDC | {"PLACET_OIDC_MEMBER_VALUES": " , "}).startswith("PLACET_OIDC_ISSUER needs")


def test_a_value_of_an_outside_issuer_stands_for_one_role() -> None:
    for name, value in (("OWNER", "staff"), ("APPLICATION", "x,guests"), ("MEMBER", "staff,staff")):
        assert refusal(**{**OIDC, f"PLACET_OIDC_{name}_VALUES": value}) == f"A value stands for one role, once, in {VALUES}."


@pytest.mark.parametrize("issuer", [
    "http://login.example.com", "login.example.com", "https://", "https://u:hunter2@login.example.com", "https://login.example.com?x=hunter2",
    "https://login.example.com/#hunter2", "https://login.example.com/" + "x" * 300, "https://login.example.com/\u200b"])
def test_an_issuer_that_is_none_is_refused_without_repeating_it(issuer: str) -> None:
    said = refusal(**{**OIDC, "PLACET_OIDC_ISSUER": issuer})
    assert said == "PLACET_OIDC_ISSUER must be an https:// address (http:// only to this machine itself), as the claim `iss` has it."


@pytest.mark.parametrize("algorithms", ["HS256", "none", "RS256,HS256", "rs256", "RS256 ES256", "RS256,RS256", ",", "PS256"])
def test_only_algorithms_with_a_public_key_can_be_set(algorithms: str) -> None:
    assert refusal(**{**OIDC, "PLACET_OIDC_ALGORITHMS": algorithms}) == (
        f"PLACET_OIDC_ALGORITHMS must be RS256, ES256 or EdDSA, or some of them with commas between, got {algorithms!r}.")
    assert split(load_settings({**OIDC, "PLACET_OIDC_ALGORITHMS": "ES256, EdDSA"}).oidc_algorithms) == ["ES256", "EdDSA"]


@pytest.mark.parametrize(("given", "kept"), [
    ("https://placet.example", "https://placet.example"), ("https://Placet.example:443/", "https://placet.example"),
    ("https://placet.example:8443", "https://placet.example:8443"), ("http://localhost:8484", "http://localhost:8484")])
def test_a_public_url_is_an_origin(given: str, kept: str) -> None:
    assert load_settings({"PLACET_PUBLIC_URL": given}).public_url == kept


@pytest.mark.parametrize("given", ["http://placet.example", "https://placet.example/here", "https://a@placet.example", "placet.example",
                                   "https://placet.example?x", "https://"])
def test_a_public_url_is_nothing_else(given: str) -> None:
    with pytest.raises(SettingsError, match="PLACET_PUBLIC_URL must be an https:// address without a path"):
        load_settings({"PLACET_PUBLIC_URL": given})
