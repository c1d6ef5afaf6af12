"""Generators of the vector files: inputs here, outputs computed by the Python package cryptography and the rules in `model`.

Nothing here imports anything else of this project: this is the second implementation that the first is held against.
"""
