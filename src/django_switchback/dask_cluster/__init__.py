"""Rehearse shards on the workers of a Dask cluster (``--cluster``)."""
