"""Kernels: plain functions on floats and a slice of the state vector, compiled as they stand (``kernel_source``)."""
