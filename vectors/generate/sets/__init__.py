"""One module a vector file: which cases it has and what they begin with. No output is written here."""

from generate.sets import (
    aead_fle1,
    csfle_blobs,
    csfle_values,
    data_key_creation,
    endpoints,
    key_documents,
    kms_providers,
    local_kek_wrap,
    markings,
    primitives,
)
from generate.vectorset import VectorSet

ALL: tuple[VectorSet, ...] = (
    primitives.SET,
    aead_fle1.SET,
    csfle_values.SET,
    csfle_blobs.SET,
    local_kek_wrap.SET,
    data_key_creation.SET,
    key_documents.SET,
    markings.SET,
    kms_providers.SET,
    endpoints.SET,
)
