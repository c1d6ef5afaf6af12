"""Primitives: the Python package cryptography and the standard library, nothing else."""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def cbc_encrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    worker = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return worker.update(data) + worker.finalize()


def cbc_decrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    worker = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    return worker.update(data) + worker.finalize()


def ctr(key: bytes, iv: bytes, data: bytes) -> bytes:
    worker = Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor()
    return worker.update(data) + worker.finalize()


def hmac_sha_256(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def hmac_sha_512(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha512")


def sha_256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def sha_512(data: bytes) -> bytes:
    return hashlib.sha512(data).digest()


def sign_rs256(key: rsa.RSAPrivateKey, data: bytes) -> bytes:
    return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
