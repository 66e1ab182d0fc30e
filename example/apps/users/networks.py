"""Addresses, made coarse enough to keep."""

from ipaddress import IPv6Address, ip_address, ip_network


def network_of(address: str | None) -> str | None:
    """The /24 (IPv4) or /48 (IPv6) that the address is in; None for what is not an address."""
    try:
        ip = ip_address(address or "")
    except ValueError:
        return None
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    prefix = 24 if ip.version == 4 else 48
    return str(ip_network(f"{ip}/{prefix}", strict=False))
