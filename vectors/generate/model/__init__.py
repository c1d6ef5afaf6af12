"""The rules of the formats, written a second time: from bytes to bytes, or to the one rule that the bytes break."""
