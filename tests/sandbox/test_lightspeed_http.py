"""Credentials, limits, languages, routes and rights, in the order of the checks."""

import email.utils
import hashlib
from base64 import b64encode
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

LIMIT_HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def limits(answer):
    return tuple(answer.headers.get(name) for name in LIMIT_HEADERS)


# === CREDENTIALS === #


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Basic",
        "Basic !!!",
        "Basic " + b64encode(b"\xff\xfe").decode(),
        "Bearer x",
        "Basic " + b64encode(b"key:secret").decode(),
    ],
)
def test_wrong_credentials_get_401_without_limits(api, header):
    headers = {"Authorization": header} if header else {}
    message = api.refused("shop.json", 401, auth=None, headers=headers)
    assert message == "Access denied."
    answer = api("shop.json", auth=None, headers=headers)
    assert limits(answer) == (None, None, None)


def test_secret_must_belong_to_the_key(api, make_shop):
    other = make_shop("Ander")
    api.refused("shop.json", 401, auth=(api.auth[0], other.auth[1]))


def test_credentials_open_their_own_shop_only(api, make_shop):
    other = make_shop("Ander")
    order = api.add()
    assert api.get("shop.json")["id"] == api.shop
    assert other.get("shop.json")["id"] == other.shop
    other.refused(f"orders/{order['id']}.json", 404)
    assert other.get("orders.json") == []


def test_shop_may_have_several_keys(box, api):
    more = box.lightspeed.control_add_credentials(api.shop)
    assert api("shop.json", auth=(more["key"], more["secret"])).status_code == 200
    box.lightspeed.control_revoke_credentials(username=api.auth[0])
    assert api("shop.json").status_code == 401
    assert api("shop.json", auth=(more["key"], more["secret"])).status_code == 200


def test_401_comes_before_everything_else(box, api):
    box.lightspeed.control_revoke_credentials(api.shop)
    for path in ("shop.json", "no_such.json", "orders.xml", "orders.json?x=1"):
        api.refused(path, 401)


# === APPS === #


SECRET = "fedcba9876543210fedcba9876543210"
TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def app(box):
    made = box.lightspeed.control_add_app(
        "https://koppeling.example.com/install", secret=SECRET
    )
    return made["key"]


def test_install_signs_as_the_reference_vector(box, api, app):
    box.lightspeed.world.shops[123456] = box.lightspeed.world.shop(api.shop)
    box.lightspeed.world.shops[123456].id = 123456
    made = box.lightspeed.control_install(
        app, 123456, language="nl", timestamp=1735689600, token=TOKEN
    )
    assert made["params"] == {
        "language": "nl",
        "shop_id": "123456",
        "timestamp": "1735689600",
        "token": TOKEN,
        "cluster_id": "eu1",
        "signature": "27d8ddc8fffcfebdacce28ccb1ff651f",
    }
    assert made["password"] == "48a21658bef9d4a8de881f6ae5ac4d6f"
    assert made["username"] == app
    assert made["url"] == f"https://koppeling.example.com/install?{made['query']}"
    answer = api("shop.json", auth=(app, made["password"]))
    assert answer.json()["shop"]["id"] == 123456


def test_install_takes_the_clock_and_a_new_token(box, api, app):
    first = box.lightspeed.control_install(app, api.shop)
    second = box.lightspeed.control_install(app, api.shop)
    assert first["params"]["timestamp"] == str(int(box.clock.now().timestamp()))
    assert first["params"]["token"] != second["params"]["token"]
    assert api("shop.json", auth=(app, first["password"])).status_code == 401
    assert api("shop.json", auth=(app, second["password"])).status_code == 200
    assert api("shop.json").status_code == 200


def test_cluster_may_be_signed_or_missing(box, api, app):
    options = {"language": "nl", "timestamp": 1, "token": TOKEN}
    signed = box.lightspeed.control_install(app, api.shop, sign_cluster=True, **options)
    text = f"cluster_id=eu1language=nlshop_id={api.shop}timestamp=1token={TOKEN}"
    expected = hashlib.md5((text + SECRET).encode()).hexdigest()
    assert signed["params"]["signature"] == expected
    plain = box.lightspeed.control_install(
        app, api.shop, include_cluster=False, **options
    )
    assert "cluster_id" not in plain["params"]
    assert plain["params"]["signature"] != expected


def test_app_secret_or_token_alone_open_nothing(box, api, app):
    made = box.lightspeed.control_install(app, api.shop)
    for password in (SECRET, made["params"]["token"]):
        api.refused("shop.json", 401, auth=(app, password))


def test_browser_is_sent_to_the_app_after_the_button(box, api, app):
    url = f"{box.lightspeed_url}/apps/{app}/install"
    page = requests.get(url, params={"shop": api.shop}, timeout=5)
    assert page.status_code == 200
    assert "Installeren" in page.text
    answer = requests.get(
        url,
        params={"shop": api.shop, "confirm": "1"},
        allow_redirects=False,
        timeout=5,
    )
    assert answer.status_code == 302
    target = urlsplit(answer.headers["Location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == (
        "https://koppeling.example.com/install"
    )
    sent = {k: v[0] for k, v in parse_qs(target.query).items()}
    password = hashlib.md5((sent["token"] + SECRET).encode()).hexdigest()
    assert api("shop.json", auth=(app, password)).status_code == 200
    missing = requests.get(url, params={"shop": "1"}, timeout=5)
    assert missing.status_code == 404


def test_uninstall_ends_access_and_webhooks_of_the_app(box, api, app):
    made = box.lightspeed.control_install(app, api.shop)
    body = {
        "webhook": {
            "isActive": True,
            "itemGroup": "orders",
            "itemAction": "paid",
            "language": "nl",
            "format": "json",
            "address": "https://koppeling.example.com/hook",
        }
    }
    auth = (app, made["password"])
    assert api("webhooks.json", "POST", json=body).status_code == 201
    assert api("webhooks.json", "POST", json=body, auth=auth).status_code == 201
    box.lightspeed.control_uninstall(app, api.shop)
    api.refused("shop.json", 401, auth=auth)
    assert len(api.get("webhooks.json")) == 1


# === RATE LIMITS === #


def test_limits_are_on_every_answer_and_count_down(api):
    # 12:31:00 in Amsterdam is 10:31:00 UTC: 4, 29 and 809 minutes are left.
    reset = "240/1740/48540"
    assert limits(api("shop.json")) == ("300/3000/12000", "299/2999/11999", reset)
    assert limits(api("no_such.json")) == ("300/3000/12000", "298/2998/11998", reset)
    assert limits(api("orders.json?x=1"))[1] == "297/2997/11997"
    assert limits(api("orders/1.json", "DELETE"))[1] == "296/2996/11996"


def test_windows_are_fixed_and_aligned(box, api):
    api("shop.json")
    box.clock.advance(239)
    assert limits(api("shop.json"))[1:] == ("298/2998/11998", "1/1501/48301")
    box.clock.advance(1)
    assert limits(api("shop.json"))[1:] == ("299/2997/11997", "300/1500/48300")
    box.clock.set("2026-06-03T23:59:59.5+00:00")
    assert limits(api("shop.json"))[1:] == ("299/2999/11996", "1/1/1")
    box.clock.set("2026-06-04T00:00:00+00:00")
    assert limits(api("shop.json"))[1:] == ("299/2999/11999", "300/3600/86400")


@pytest.mark.parametrize(
    ("position", "used", "remaining", "reset"),
    [
        (0, [300, 5, 5], "-1/2995/11995", 240),
        (1, [5, 3000, 5], "295/-1/11995", 1740),
        (2, [5, 5, 12000], "295/2995/-1", 48540),
        (2, [300, 3000, 12000], "-1/-1/-1", 48540),
    ],
)
def test_exhausted_window_answers_429(box, api, position, used, remaining, reset):
    box.lightspeed.control_set_rate_limits(api.shop, used=used)
    message = api.refused("shop.json", 429)
    assert message == ("Too many requests in this time period. Try again later.")
    answer = api("orders.xml")
    assert limits(answer)[:2] == ("300/3000/12000", remaining)
    assert int(limits(answer)[2].split("/")[position]) == reset
    assert "Retry-After" not in answer.headers
    box.clock.advance(reset)
    assert api("shop.json").status_code == 200


def test_refused_requests_do_not_count(box, api):
    box.lightspeed.control_set_rate_limits(api.shop, used=[299, 0, 0])
    assert limits(api("shop.json"))[1] == "0/2999/11999"
    for _ in range(3):
        assert limits(api("shop.json"))[1] == "-1/2999/11999"


@pytest.mark.parametrize("how", ["seconds", "date"])
def test_retry_after_is_a_switch(box, api, how):
    box.lightspeed.control_set_options(api.shop, retry_after=how)
    box.lightspeed.control_set_rate_limits(api.shop, used=[300, 3000, 0])
    value = api("shop.json").headers["Retry-After"]
    if how == "date":
        moment = email.utils.parsedate_to_datetime(value)
        value = (moment - box.clock.now()).total_seconds()
    assert int(value) == 1740


def test_limits_are_per_key(box, api):
    more = box.lightspeed.control_add_credentials(api.shop)
    box.lightspeed.control_set_rate_limits(
        username=api.auth[0], limits=[2, 10, 10], used=[2, 2, 2]
    )
    api.refused("shop.json", 429)
    answer = api("shop.json", auth=(more["key"], more["secret"]))
    assert limits(answer)[:2] == ("300/3000/12000", "299/2999/11999")


def test_account_tells_limits_and_rights(box, api):
    box.lightspeed.control_set_permissions(api.shop, {"orders": "r", "content": ""})
    account = api.get("account.json")
    assert account["apiKey"] == api.auth[0]
    assert account["appId"] is False
    rights = api.get("account/permissions.json")
    assert set(rights) == {
        "content",
        "products",
        "customers",
        "orders",
        "settings",
        "tracking",
    }
    assert rights["orders"] == {"read": True, "write": False}
    assert rights["content"] == {"read": False, "write": False}
    limit = api.get("account/ratelimit.json")
    assert limit["limit5Min"] == {
        "limit": 300,
        "remaining": 297,
        "reset": 240,
        "resetTime": "2026-06-03T12:35:00+02:00",
    }
    assert limit["limitDay"]["resetTime"] == "2026-06-04T02:00:00+02:00"


# === PATHS === #


def test_inactive_language_is_404(box, api):
    box.lightspeed.control_set_languages(api.shop, ["nl", "en"])
    assert api("shop.json").status_code == 200
    api.language = "en"
    assert api("shop.json").status_code == 200
    for language in ("de", "NL", "xx"):
        api.language = language
        message = api.refused("shop.json", 404)
        assert message == "Unknown or inactive language."
    box.lightspeed.control_set_languages(api.shop, ["de"])
    api.language = "de"
    assert api.get("shop.json")["id"] == api.shop
    api.language = "nl"
    api.refused("shop.json", 404)


def test_language_moves_country_titles_only(box, api):
    box.lightspeed.control_set_languages(api.shop, ["nl", "en"])
    order = api.add()
    dutch = api.get(f"orders/{order['id']}.json")
    api.language = "en"
    english = api.get(f"orders/{order['id']}.json")
    assert dutch["addressBillingCountry"]["title"] == "Nederland"
    assert english["addressBillingCountry"] == {
        "id": 150,
        "code": "nl",
        "code3": "nld",
        "title": "Netherlands, The",
    }
    assert dutch["priceIncl"] == english["priceIncl"]


@pytest.mark.parametrize(
    "path",
    [
        "no_such.json",
        "orders",
        "orders/x.json",
        "orders/1/no_such.json",
        "orders/1/products/x.json",
        "quotes.json",
        "account/signout.json",
        "checkouts.json",
        ".json",
    ],
)
def test_unknown_path_is_404(api, path):
    assert api.refused(path, 404) == "Resource not found."


def test_xml_is_not_acceptable(api):
    api.refused("orders.xml", 406)


def test_root_is_404(box, api):
    answer = requests.get(box.lightspeed_url, auth=api.auth, timeout=5)
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "orders.json"),
        ("DELETE", "orders/1.json"),
        ("PUT", "orders.json"),
        ("PATCH", "orders/1.json"),
        ("POST", "invoices.json"),
        ("DELETE", "invoices/1.json"),
        ("POST", "orders/events.json"),
        ("PUT", "shop.json"),
        ("POST", "returns.json"),
        ("POST", "customers.json"),
        ("GET", "orders/1/credit.json"),
    ],
)
def test_other_methods_are_405(api, method, path):
    api.refused(path, 405, method, json={})


# === RIGHTS === #


AREAS = {
    "orders": ["orders.json", "orders/1.json", "invoices.json", "shipments.json"]
    + ["returns.json", "orders/events.json", "orders/customstatuses.json"]
    + ["orders/1/metafields.json", "orders/1/products.json", "invoices/1/items.json"],
    "customers": ["customers.json", "groups.json", "groups/customers.json"],
    "products": ["products.json", "variants/1.json", "brands.json"],
    "settings": ["shop.json", "shop/company.json", "taxes.json", "webhooks.json"]
    + ["languages.json", "countries.json", "paymentmethods.json"]
    + ["shippingmethods.json", "shop/limits.json", "taxes/1/overrides.json"],
}


@pytest.mark.parametrize("area", AREAS)
def test_missing_read_right_is_403(box, api, area):
    box.lightspeed.control_set_permissions(api.shop, {area: "w"})
    for path in AREAS[area]:
        api.refused(path, 403)
    for other in AREAS.keys() - {area}:
        for path in AREAS[other]:
            assert api(path).status_code in {200, 404}
    for path in ("account.json", "account/permissions.json", "time.json"):
        assert api(path).status_code == 200


@pytest.mark.parametrize(
    ("area", "method", "path"),
    [
        ("orders", "PUT", "orders/1.json"),
        ("orders", "POST", "orders/1/metafields.json"),
        ("orders", "DELETE", "orders/1/metafields/1.json"),
        ("orders", "POST", "orders/1/credit.json"),
        ("orders", "PUT", "invoices/1.json"),
        ("settings", "POST", "webhooks.json"),
        ("settings", "DELETE", "webhooks/1.json"),
    ],
)
def test_missing_write_right_is_403(box, api, area, method, path):
    box.lightspeed.control_set_permissions(api.shop, {area: "r"})
    api.refused(path, 403, method, json={})
    box.lightspeed.control_set_permissions(api.shop, {area: "w"})
    assert api(path, method, json={}).status_code in {400, 404}


# === FAULTS === #


@pytest.mark.parametrize(
    ("kind", "remaining"),
    [
        ("rate_5min", "-1/3000/12000"),
        ("rate_hour", "300/-1/12000"),
        ("rate_day", "300/3000/-1"),
    ],
)
def test_fault_429_looks_like_the_real_one(box, api, kind, remaining):
    box.faults.add(kind, "lightspeed")
    answer = api("shop.json")
    assert answer.status_code == 429
    assert limits(answer)[1] == remaining
    assert "Too many requests" in answer.json()["error"]["message"]
    assert api("shop.json").status_code == 200


def test_fault_error_in_a_200(box, api):
    box.faults.add("error_200", "lightspeed", params={"message": "Oeps."})
    answer = api("shop.json")
    assert answer.status_code == 200
    assert answer.json()["error"]["message"] == "Oeps."
    assert limits(answer)[0] == "300/3000/12000"


def test_fault_404_passes(box, api):
    order = api.add()
    box.faults.add("not_found_once", "lightspeed", path=r"orders/\d+/products")
    path = f"orders/{order['id']}/products.json"
    api.refused(path, 404)
    assert len(api.get(path)) == 1


def test_fault_401_while_the_key_is_good(box, api):
    box.faults.add("unauthorized", "lightspeed")
    api.refused("shop.json", 401)
    assert api("shop.json").status_code == 200


def test_write_that_lost_its_answer_did_happen(box, api):
    order = api.add()
    box.faults.add("lost_after", "lightspeed", method="POST")
    body = {"orderMetafield": {"key": "exact", "value": "1"}}
    with pytest.raises(requests.ConnectionError):
        api(f"orders/{order['id']}/metafields.json", "POST", json=body)
    (field,) = box.lightspeed.control_metafields(api.shop, order["number"])
    assert (field["key"], field["value"]) == ("exact", "1")


# === SHOP === #


def test_shop_and_company(api):
    shop = api.get("shop.json")
    assert shop["currency"]["shortcode"] == "EUR"
    assert shop["currency"]["currencyRate"] == "1.000000"
    assert shop["country"]["code"] == "nl"
    assert shop["createdAt"] == "2026-06-03T12:31:00+02:00"
    company = api.get("shop/company.json")
    assert company["vatNumber"] == shop["vatNumber"]
    assert len(company) == 22
    assert api.get("shop/limits.json")["maxWebhooks"] == 10
    assert api.get("time.json") == {"current": "2026-06-03T12:31:00+02:00"}


def test_shop_id_may_be_a_text(box, api):
    box.lightspeed.control_set_options(api.shop, shop_id_text=True)
    assert api.get("shop.json")["id"] == f"{api.shop:06d}"


def test_shop_settings_can_be_changed(box, api):
    box.lightspeed.control_set_shop(api.shop, currency="GBP", country="be")
    shop = api.get("shop.json")
    assert shop["currency"]["shortcode"] == "GBP"
    assert shop["country"]["code"] == "be"


def test_other_cluster_writes_other_offsets(make_shop):
    shop = make_shop("Us", cluster="us1", language="us", currency="USD")
    assert shop.get("shop.json")["createdAt"] == "2026-06-03T10:31:00+00:00"


def test_taxes_and_overrides(box, api):
    made = box.lightspeed.control_add_tax(
        api.shop, "0.19", overrides=[{"country": "de", "rate": "0.07"}]
    )
    taxes = {tax["rate"]: tax for tax in api.get("taxes.json")}
    assert set(taxes) == {0.21, 0.09, 0.19}
    assert taxes[0.21]["isDefault"] is True
    assert taxes[0.19] == {
        "id": made["tax"],
        "isDefault": False,
        "rate": 0.19,
        "title": "BTW 19%",
    }
    assert api.get(f"taxes/{made['tax']}.json") == taxes[0.19]
    (override,) = api.get(f"taxes/{made['tax']}/overrides.json")
    assert override["rate"] == 0.07
    assert override["country"]["code"] == "de"
    assert override["tax"]["resource"]["id"] == made["tax"]
    assert api.get(f"taxes/{made['tax']}/overrides/count.json") == 1
    single = f"taxes/{made['tax']}/overrides/{override['id']}.json"
    assert api.get(single) == override
    other = taxes[0.21]["id"]
    assert api.get(f"taxes/{other}/overrides.json") == []
    api.refused(f"taxes/{other}/overrides/{override['id']}.json", 404)
    api.refused("taxes/1/overrides.json", 404)


def test_languages_and_countries(box, api):
    box.lightspeed.control_set_languages(api.shop, ["nl", "de"])
    languages = {entry["code"]: entry for entry in api.get("languages.json")}
    assert languages["nl"] == {
        "id": 1,
        "isActive": True,
        "isDefault": True,
        "code": "nl",
        "locale": "nl_NL",
        "title": "Nederlands",
    }
    assert languages["de"]["isActive"] is True
    assert languages["en"]["isActive"] is False
    assert api.get("languages/1.json")["code"] == "nl"
    countries = {entry["code"]: entry["id"] for entry in api.get("countries.json")}
    assert countries["nl"] == 150
    assert len(countries) == api.get("countries/count.json")
    assert len(api.get("countries.json?limit=5&page=2")) == 5
    assert api.get("countries/226.json")["code3"] == "usa"
    api.refused("countries/1.json", 404)


def test_payment_and_shipping_methods(api):
    assert {m["key"] for m in api.get("paymentmethods.json")} == {"mollie", "invoice"}
    (method,) = api.get("shippingmethods.json")
    assert api.get(f"shippingmethods/{method['id']}.json") == method
    assert api.get("brands.json") == api.get("groups.json") == []
    assert api.get("groups/customers/count.json") == 0
