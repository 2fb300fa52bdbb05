"""An archive in Amazon S3, as moto serves it: which calls it holds, and what each refusal means."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.pbx.s3_archive import S3Archive
from shared.domain.call import Direction
from shared.domain.errors import DependencyUnavailable, InvalidInput, NotAuthenticated, NotFound, RateLimited
from shared.domain.pbx import S3Access, slices

BUCKET = "acme-recordings"
DAY = datetime(2026, 11, 20, tzinfo=UTC)
FOLDER = "connect/acme/CallRecordings/{year}/{month}/{day}/"
SOUND = bytes(range(256)) * 9_000


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def an_access(endpoint: str, **more: Any) -> S3Access:
    given = {"region": "us-east-1", "access_key_id": "AKIALOCAL", "secret_access_key": "local", "folder": FOLDER}
    return S3Access.model_validate({**given, "endpoint": endpoint, **more})


@pytest.fixture
def bucket(endpoint: str) -> Iterator[Any]:
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="AKIALOCAL",
        aws_secret_access_key="local",
    )
    client.create_bucket(Bucket=BUCKET)
    yield client
    while found := client.list_objects_v2(Bucket=BUCKET).get("Contents"):
        client.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": each["Key"]} for each in found]})
    client.delete_bucket(Bucket=BUCKET)
    client.close()


def opened(endpoint: str, **more: Any) -> S3Archive:
    return S3Archive(BUCKET, an_access(endpoint, **more).model_dump_json(), may_be_plain=True)


def put(bucket: Any, key: str, sound: bytes = SOUND) -> str:
    bucket.put_object(Bucket=BUCKET, Key=key, Body=sound)
    return key


def test_amazon_connect_s_recordings_are_calls_of_their_time(bucket: Any, endpoint: str) -> None:
    folder = "connect/acme/CallRecordings/2026/11/20/"
    late = put(bucket, f"{folder}22222222-aaaa-bbbb-cccc-000000000002_20261120T10:15_UTC.wav")
    early = put(bucket, f"{folder}11111111-aaaa-bbbb-cccc-000000000001_20261120T09:15_UTC.wav")
    put(bucket, f"{folder}notes.txt")
    put(bucket, f"{folder}33333333-aaaa-bbbb-cccc-000000000003_20261120T11:15_UTC.wav", b"")
    archive = opened(endpoint)
    found = archive.calls(DAY, DAY + timedelta(days=1))
    assert [(call.id, call.started_at) for call in found] == [
        (early, DAY + timedelta(hours=9, minutes=15)),
        (late, DAY + timedelta(hours=10, minutes=15)),
    ]
    assert found[0].talk_s is None
    assert archive.calls(DAY + timedelta(hours=10), DAY + timedelta(hours=11)) == found[1:]
    archive.close()


def test_names_of_one_s_own_tell_who_called_and_when(bucket: Any, endpoint: str) -> None:
    put(bucket, "rec/2026-11-20/out_101_998901234567_140359.mp3")
    archive = opened(
        endpoint,
        folder="rec/{year}-{month}-{day}/",
        names=["{direction}_{extension}_{phone}_{any}"],
        time_zone="Asia/Tashkent",
    )
    now = datetime.now(UTC)
    # its name does not tell when it began: it is known by when it was written, in the folder of its day alone
    assert archive.calls(DAY, DAY + timedelta(days=1)) == []
    archive.close()
    key = f"rec/{now.astimezone(UTC):%Y-%m-%d}/out_101_998901234567_140359.mp3"
    put(bucket, key)
    archive = opened(endpoint, folder="rec/{year}-{month}-{day}/", names=["{direction}_{extension}_{phone}_{any}"])
    (call,) = archive.calls(now - timedelta(hours=1), now + timedelta(hours=1))
    assert (call.id, call.direction, call.extension, call.customer_phone) == (
        key,
        Direction.OUTBOUND,
        "101",
        "+998901234567",
    )
    archive.close()


def test_more_recordings_than_one_page_lists_are_all_found(bucket: Any, endpoint: str) -> None:
    folder = "connect/acme/CallRecordings/2026/11/20/"
    for number in range(1_010):
        put(bucket, f"{folder}{number:08d}-aaaa_20261120T09:15_UTC.wav", b"x")
    archive = opened(endpoint)
    assert len(archive.calls(DAY, DAY + timedelta(days=1))) == 1_010
    archive.close()


def test_a_recording_comes_as_it_lies_there_and_one_that_is_gone_is_said(bucket: Any, endpoint: str) -> None:
    key = put(bucket, "x/1.wav")
    archive = opened(endpoint)
    assert b"".join(archive.recording(key)) == SOUND
    with pytest.raises(NotFound):
        list(archive.recording("x/2.wav"))
    assert archive.operators() == []
    archive.close()


def test_a_bucket_that_is_not_there_is_named(endpoint: str) -> None:
    archive = S3Archive("nobody-s-bucket", an_access(endpoint).model_dump_json(), may_be_plain=True)
    with pytest.raises(InvalidInput) as refused:
        archive.operators()
    assert refused.value.field == "domain"
    archive.close()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("AccessDenied", NotAuthenticated),
        ("InvalidAccessKeyId", NotAuthenticated),
        ("SlowDown", RateLimited),
        ("InternalError", DependencyUnavailable),
    ],
)
def test_each_refusal_is_told_by_what_can_be_done_about_it(code: str, error: type[Exception]) -> None:
    from botocore.exceptions import ClientError

    from shared.adapters.pbx.s3_archive import _ours

    refusal = ClientError({"Error": {"Code": code, "Message": "AKIALOCAL may not"}}, "ListObjectsV2")
    ours = _ours(refusal)
    assert isinstance(ours, error)
    assert "AKIALOCAL" not in str(ours)


def test_nobody_at_home_is_tried_later() -> None:
    archive = opened("http://127.0.0.1:1")
    with pytest.raises(DependencyUnavailable):
        archive.operators()
    archive.close()


def test_what_speaks_without_encryption_is_not_talked_to_but_here() -> None:
    with pytest.raises(InvalidInput) as refused:
        S3Archive(BUCKET, an_access("http://169.254.169.254").model_dump_json())
    assert refused.value.field == "endpoint"
    with pytest.raises(NotAuthenticated):
        S3Archive(BUCKET, "no access at all")


def test_an_access_shows_none_of_its_secrets() -> None:
    assert "AKIALOCAL" not in repr(an_access("http://x"))


@pytest.mark.parametrize(
    ("field", "value"), [("folder", "x/{hour}/"), ("names", ["{nothing}"]), ("time_zone", "Mars/Olympus")]
)
def test_a_wrong_pattern_is_named(field: str, value: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        an_access("http://x", **{field: value})
    assert refused.value.field == field


@given(st.integers(0, 24 * 60), st.integers(1, 60), st.sampled_from(["UTC", "Asia/Tashkent", "America/Lima"]))
def test_folders_of_pieces_of_time_are_those_of_the_whole(start: int, hours: int, zone: str) -> None:
    access = an_access("http://x", time_zone=zone)
    begin = DAY + timedelta(minutes=start)
    end = begin + timedelta(hours=hours)
    pieces = [folder for a, b in slices(begin, end, timedelta(hours=6)) for folder in access.folders(a, b)]
    assert list(dict.fromkeys(pieces)) == access.folders(begin, end)
