"""Listening to recordings: PyAV decodes, Silero says where somebody speaks.

Decoding strangers' files is the riskiest thing this product does, so the scanner does it in a process of its own,
with limits on memory and time.
"""
