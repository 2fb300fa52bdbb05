"""Cloud KMS' gRPC (google.cloud.kms.v1), Encrypt and Decrypt, for Google's own client to talk to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

KEY = "projects/test/locations/europe-west3/keyRings/dialix/cryptoKeys/credentials"


class KMS:
    """One key with versions; `refuse` makes every answer that status, `damages` flips a bit of every answer."""

    def __init__(self) -> None:
        self.versions = [os.urandom(32)]
        self.refuse: str | None = None
        self.damages = False

    def rotate(self) -> None:
        self.versions.append(os.urandom(32))

    def encrypt(self, request: Any) -> Any:
        import google_crc32c
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from google.cloud.kms_v1.types import EncryptResponse

        assert request.name == KEY
        nonce = os.urandom(12)
        sealed = AESGCM(self.versions[-1]).encrypt(nonce, request.plaintext, request.additional_authenticated_data)
        ciphertext = bytes([len(self.versions) - 1]) + nonce + sealed
        return EncryptResponse(
            name=f"{KEY}/cryptoKeyVersions/{len(self.versions)}",
            ciphertext=ciphertext,
            ciphertext_crc32c=google_crc32c.value(ciphertext) ^ self.damages,
            verified_plaintext_crc32c=request.plaintext_crc32c == google_crc32c.value(request.plaintext),
        )

    def decrypt(self, request: Any) -> Any:
        import google_crc32c
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from google.cloud.kms_v1.types import DecryptResponse

        assert request.name == KEY
        version, nonce, sealed = request.ciphertext[0:1], request.ciphertext[1:13], request.ciphertext[13:]
        try:
            key = self.versions[version[0]]
            plaintext = AESGCM(key).decrypt(nonce, sealed, request.additional_authenticated_data)
        except (IndexError, InvalidTag, ValueError) as error:
            raise Refused("INVALID_ARGUMENT", "Decryption failed: the ciphertext is invalid.") from error
        return DecryptResponse(plaintext=plaintext, plaintext_crc32c=google_crc32c.value(plaintext) ^ self.damages)


class Refused(Exception):
    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status


@contextmanager
def serving(kms: KMS) -> Iterator[str]:
    """`host:port`, until the block ends."""
    import grpc
    from google.cloud.kms_v1 import types

    def answering(work: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
        def answer(request: Any, context: Any) -> Any:
            try:
                if kms.refuse is not None:
                    raise Refused(kms.refuse, "as told")
                return work(request)
            except Refused as refused:
                context.abort(getattr(grpc.StatusCode, refused.status), str(refused))

        return answer

    handlers = {
        "Encrypt": grpc.unary_unary_rpc_method_handler(
            answering(kms.encrypt), types.EncryptRequest.deserialize, types.EncryptResponse.serialize
        ),
        "Decrypt": grpc.unary_unary_rpc_method_handler(
            answering(kms.decrypt), types.DecryptRequest.deserialize, types.DecryptResponse.serialize
        ),
    }
    server = grpc.server(ThreadPoolExecutor(max_workers=4, thread_name_prefix="kms"))
    service = "google.cloud.kms.v1.KeyManagementService"
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(grace=1).wait()
