"""The vendor's signatures, against vectors that an independent implementation made too. All values are invented."""

from __future__ import annotations

import base64
import json

import pytest

from desktop.connectors.k3cloud import signing

ACCT, USER, ORG, STAMP = "5f0000000000aa", "demo", "100", "1767225600"
APP_ID = "100001_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u"
APP_SECRET = "secretsecretsecretsecretsecret12"
FIVE = (ACCT, USER, APP_ID, APP_SECRET, STAMP)
VIEW = "http://erp.example.test/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.View.common.kdsvc"


@pytest.mark.parametrize(
    ("parts", "algorithm", "expected"),
    [
        (FIVE, "sha256", "f6df6633c2d64f11349d7f1444e013b3ad9c223042d20d55ff914ba51b375037"),
        (FIVE, "sha1", "74a5bc30cef9b709bfb7c9403fd6a77e99477337"),
        ((*FIVE, "0"), "sha256", "a112fabf51b50b48fe76d4ded02adca6f1c1faef47808f78b501abf626ab96fb"),
    ],
)
def test_a_sign_in_is_signed_as_the_vendor_signs_it(parts, algorithm, expected):
    assert signing.sorted_hash(parts, algorithm) == expected
    assert signing.sorted_hash(reversed(parts), algorithm) == expected


def test_the_client_secret_hides_in_the_app_id():
    assert signing.client_parts(APP_ID) == ("100001", "AAEHB1IGDwBbD1NRV1dSXgVYUAkKWwld")


@pytest.mark.parametrize(
    ("app_id", "expected"),
    [
        ("100001", ("", "")),
        ("a_b_c", ("", "")),
        ("100001_short", ("100001", "")),
        ("7_" + "A" * 29, ("7", "")),
    ],
)
def test_a_malformed_app_id_yields_nothing_and_raises_nothing(app_id, expected):
    assert signing.client_parts(app_id) == expected


def test_a_secret_part_that_is_no_base64_yields_nothing():
    assert signing.client_parts("7_" + "A" * 29 + "===") == ("7", "")


def test_signature_headers_match_the_vendors_sdk():
    headers = signing.header_signature(
        VIEW, acct_id=ACCT, user=USER, app_id=APP_ID, app_secret=APP_SECRET, lcid="2052", org=ORG,
        timestamp=STAMP, nonce=STAMP,
    )  # fmt: skip
    assert headers == {
        "X-Api-ClientID": "100001",
        "X-Api-Auth-Version": "2.0",
        "x-api-timestamp": STAMP,
        "x-api-nonce": STAMP,
        "x-api-signheaders": "x-api-timestamp,x-api-nonce",
        "X-Api-Signature": "MzQ1NTY5MDY2Yjc0MmMxZjliOTNmMjY2NjM1Mjc1Y2ViMTBhZGFiMjNiNGVmZGQyY2NmMjNhNDQzOGRjNDEyMw==",
        "X-Kd-Appkey": APP_ID,
        "X-Kd-Appdata": "NWYwMDAwMDAwMDAwYWEsZGVtbywyMDUyLDEwMA==",
        "X-Kd-Signature": "M2U0ZmViN2U5YzgzNjdiNDNmMzE1NzNiZjZjNjU3YjRiNTQyNDBhMjlhMzFjMWY3YzQzNjNmNjgxNmM1MDY1Zg==",
    }


def link(**changed: str) -> dict[str, str]:
    told = {"acct_id": ACCT, "user": USER, "app_id": APP_ID, "app_secret": APP_SECRET, "lcid": "2052"}
    told |= {"form": "PUR_PurchaseOrder", "key": "100011", "timestamp": STAMP}
    return json.loads(base64.b64decode(signing.link_token(**told | changed)))


def test_a_link_opens_one_bill_for_one_user():
    assert link() == {
        "dbid": ACCT,
        "username": USER,
        "appid": APP_ID,
        "signeddata": "f6df6633c2d64f11349d7f1444e013b3ad9c223042d20d55ff914ba51b375037",
        "timestamp": STAMP,
        "lcid": "2052",
        "origintype": "SimPas",
        "entryrole": "",
        "formid": "PUR_PurchaseOrder",
        "formtype": "bill",
        "pkid": "100011",
        "otherargs": "",
        "openmode": None,
    }


def test_a_link_with_a_permit_count_signs_six_strings_and_says_so():
    told = link(permit="0")
    assert told["otherargs"] == "|{'permitcount':'0'}"
    assert told["signeddata"] == "a112fabf51b50b48fe76d4ded02adca6f1c1faef47808f78b501abf626ab96fb"


def test_an_older_installation_takes_the_older_hash():
    assert link(algorithm="sha1")["signeddata"] == "74a5bc30cef9b709bfb7c9403fd6a77e99477337"
