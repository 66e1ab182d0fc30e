"""Throwaway databases and the servers that they are made on."""
